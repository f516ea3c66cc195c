import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { createEntityPages } from '../../../gateway/online/entity-pages.ts'
import { createFoldMarks } from '../../../gateway/online/fold-marks.ts'
import { itemKeyOf } from '../../../gateway/online/item-key.ts'
import { pageStatements } from '../../../gateway/online/page-statements.ts'
import { shardStatements } from '../../../gateway/online/shard-statements.ts'
import { defaultPageSizes } from '../../../gateway/page-sizes.ts'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { platformPorts } from '../../../gateway/platform/ports.ts'

it('pieces of one second, which no page is split between, are refused before no row can hold them', () => {
  const stub = env.CATALOGUE.getByName(objectNames.catalogue('aaaaaaaaaa-auto', 'aaaaaaaaaaab'))
  return runInDurableObject(stub, (_, state) => {
    const { storage } = platformPorts(state, env)
    const statements = shardStatements(storage)
    storage.transaction(statements.createTables)
    const stored = statements.shard()
    const pages = createEntityPages({
      storage,
      statements: pageStatements(storage, stored.pagesPerSlot),
      sizes: defaultPageSizes,
      marks: createFoldMarks(stored),
      isWanted: () => true,
    })
    const position = { offset: 0, streams: [{ stream: 's', upTo: Infinity }] }
    const value = '\u00e9'.repeat(5_000)
    const fold = (offset: number, second: number) => {
      const itemKey = itemKeyOf('["a"]', 0, second * 1_000 + (offset % 1_000))
      const [page] = pages.open([itemKey], { ...position, offset }) ?? []
      if (page === undefined) throw new Error('The page is not here.')
      const events = [[1, 1, 0, offset, 0, value]]
      const bytes = value.length + 30
      const change = () => ({ kind: 'events', events, count: 1, moments: [], bytes }) as const
      pages.change(page, { itemKey, change }, 'view', 's', offset)
    }
    let folded = 0
    // Each is short, and so are all of another second.
    expect(() => {
      for (; folded < 1_000; folded++) fold(folded, 7)
    }).toThrow('take 1')
    expect(folded).toBeGreaterThan(100)
    for (let offset = 1_000; offset < 1_100; offset++) fold(offset, 9)
    storage.transaction(() => pages.write())
    pages.settle()
    expect(pages.get(itemKeyOf('["a"]', 0, 7_000), 'view')).toMatchObject({ count: 1 })
  })
})

import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { createEntityPages } from '../../../gateway/online/entity-pages.ts'
import { isLatest } from '../../../gateway/online/entity-state.ts'
import { createFoldMarks } from '../../../gateway/online/fold-marks.ts'
import { foldPieces } from '../../../gateway/online/fold-pieces.ts'
import { pageStatements } from '../../../gateway/online/page-statements.ts'
import { shardStatements } from '../../../gateway/online/shard-statements.ts'
import { viewRule } from '../../../gateway/online/view-rule.ts'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { platformPorts } from '../../../gateway/platform/ports.ts'
import type { Latest } from '../../../shared/aggregates/latest.ts'

/** Counts what is folded; a record of `n` 3 is one that the view `second` cannot fold. */
function countFolds(state: Latest | undefined, next: Latest): Latest {
  const [view, n] = next.values
  if (view === 'second' && n === 3) throw new Error('This view cannot fold this record.')
  return { ...next, values: [view, n, Number(state?.values[2] ?? 0) + 1] }
}

const viewOf = (id: string) => ({
  id,
  stateKey: id,
  stream: 's/0',
  joinKeys: ['user'],
  rule: viewRule(
    { name: id, timestampField: 'at', joinKeys: ['user'], features: [id, 'n'] },
    [],
    countFolds,
  ),
})
const pieceOf = (start: number, text: string) => ({ ingestUs: 1, version: 1, start, text })
const recordOf = (n: number) =>
  JSON.stringify({ user: 'a', at: '2026-01-01', n, first: 'first', second: 'second' })

/** Delivers pieces until they are through, as a partition does: from where the fold before came to. */
function deliver(texts: readonly string[], failures: number) {
  const stub = env.CATALOGUE.getByName(objectNames.catalogue('aaaaaaaaaa-auto', 'aaaaaaaaaaab'))
  return runInDurableObject(stub, (_, state) => {
    const { storage } = platformPorts(state, env)
    storage.transaction(shardStatements(storage).createTables)
    const marks = createFoldMarks({ marks: {}, backfills: {} })
    const pages = createEntityPages({
      storage,
      statements: pageStatements(storage, 1),
      sizes: { cacheBytes: 10_000, entities: 10, bytes: 10_000, itemBytes: 10_000 },
      marks,
      isWanted: () => true,
    })
    const left: string[] = []
    let failed = 0
    let from = 0
    let starts = 0
    const pieces = texts.map(text => {
      const piece = pieceOf(starts, text)
      starts += text.split('\n').length
      return piece
    })
    for (let isThrough = false; !isThrough; ) {
      const views = ['first', 'second', 'third']
        .filter(id => !left.includes(id))
        .map(id => ({ ...viewOf(id), after: from - 1, upTo: Infinity }))
      const position = { offset: from, streams: views }
      try {
        foldPieces(pages, views, 0, pieces, position, {
          view(viewId) {
            // The row that says so cannot be written.
            if (failed++ < failures) throw new Error('The disk is full.')
            left.push(viewId)
          },
          entity: () => expect.unreachable(),
        })
        isThrough = true
      } catch {
        from = position.offset
      }
    }
    const counts = ['first', 'second', 'third'].map(id => {
      const state = pages.get('["a"]', id)
      return state !== undefined && isLatest(state) ? state.values[2] : undefined
    })
    return { left, failed, counts }
  })
}

it('folds a record once into the others where a view cannot, and storage cannot say so at first', async () => {
  const texts = [[1, 2, 3, 4].map(recordOf).join('\n'), [5, 3].map(recordOf).join('\n')]
  expect(await deliver(texts, 0)).toEqual({ left: ['second'], failed: 1, counts: [6, 2, 6] })
  expect(await deliver(texts, 3)).toEqual({ left: ['second'], failed: 4, counts: [6, 2, 6] })
})

it('folds nothing twice before a damaged piece that storage cannot tell of at first', async () => {
  const texts = [[1, 2].map(recordOf).join('\n'), 'no record']
  const left = ['first', 'second', 'third']
  expect(await deliver(texts, 0)).toEqual({ left, failed: 3, counts: [2, 2, 2] })
  expect(await deliver(texts, 2)).toEqual({ left, failed: 5, counts: [2, 2, 2] })
})

import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createEntityPages } from '../../../gateway/online/entity-pages.ts'
import { createFoldMarks } from '../../../gateway/online/fold-marks.ts'
import { pageStatements } from '../../../gateway/online/page-statements.ts'
import { shardStatements } from '../../../gateway/online/shard-statements.ts'
import type { PageSizes } from '../../../gateway/page-sizes.ts'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { platformPorts } from '../../../gateway/platform/ports.ts'
import type { Ports } from '../../../gateway/ports.ts'

export type OpenStorage = Ports['storage']

/** Drops what a shard has stored. */
export function forgetAll(storage: OpenStorage): void {
  for (const table of ['shard', 'pages', 'view_states']) {
    storage.sql(`DROP TABLE IF EXISTS ${table}`)
  }
}

/** Runs work on the storage of an object that has none of a shard's tables. */
export function withStorage<T>(work: (storage: OpenStorage) => T | Promise<T>): Promise<T> {
  const stub = env.CATALOGUE.getByName(objectNames.catalogue('aaaaaaaaaa-auto', 'aaaaaaaaaaaa'))
  return runInDurableObject(stub, (_, state) => {
    const { storage } = platformPorts(state, env)
    forgetAll(storage)
    return work(storage)
  })
}

/** A shard's pages and marks as a life of the object has them. */
export function openPages(storage: OpenStorage, sizes: PageSizes) {
  const statements = shardStatements(storage)
  storage.transaction(statements.createTables)
  const stored = statements.shard()
  const marks = createFoldMarks(stored)
  const pages = createEntityPages({
    storage,
    statements: pageStatements(storage, stored.pagesPerSlot),
    sizes,
    marks,
    isWanted: () => true,
  })
  return {
    marks,
    pages,
    checkpoint() {
      const written = marks.snapshot()
      storage.transaction(() => {
        pages.write()
        statements.setClean(written)
      })
      pages.settle()
      marks.settle(written)
    },
  }
}

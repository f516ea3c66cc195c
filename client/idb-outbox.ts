import { idbStore } from './idb-store.ts'
import type { Outbox } from './outbox.ts'
import { type StoredOutboxOptions, storedOutbox } from './stored-outbox.ts'

export interface IdbOutboxOptions extends StoredOutboxOptions {
  /** Name of the database; outboxes of one name and origin share what they hold. */
  readonly name?: string
  readonly indexedDB?: IDBFactory
  /** Tell dead tabs from living ones; `null` has tabs renew leases instead, as browsers without locks do. */
  readonly locks?: LockManager | null
}

/**
 * Gives an outbox in IndexedDB that the tabs of an origin share: each sends its own records, and those of tabs
 * that are gone. Where the database fails, records are kept in memory, and the client is told.
 */
export function idbOutbox({
  name = 'tidegate',
  indexedDB = globalThis.indexedDB,
  locks = globalThis.navigator?.locks ?? null,
  ...options
}: IdbOutboxOptions = {}): Outbox {
  return storedOutbox(host => idbStore({ name, indexedDB, locks }, host), options)
}

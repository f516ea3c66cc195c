import { onTestFinished } from 'vitest'

/** The storage of a page of this origin, and its end. */
export interface Tab {
  readonly page: Window
  readonly indexedDB: IDBFactory
  readonly locks: LockManager
  /** Requests to stores and transactions so far. */
  operations(): number
  /** Ends it without a word to anybody: its locks and connections go with it. */
  kill(): void
}

const counted = ['put', 'add', 'get', 'getAll', 'getAllKeys', 'delete', 'count'] as const

/** Opens a page of this origin in a frame; code of the test uses what belongs to it. */
export function openTab(): Tab {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  onTestFinished(() => frame.remove())
  const page = frame.contentWindow
  if (!page) throw new Error('A frame without a window')
  let operations = 0
  const { IDBObjectStore, IDBDatabase } = Object(page)
  for (const [prototype, names] of [
    [IDBObjectStore.prototype, counted],
    [IDBDatabase.prototype, ['transaction']],
  ] as const)
    for (const name of names) {
      const original = prototype[name]
      prototype[name] = function (...given: unknown[]) {
        operations += 1
        return original.apply(this, given)
      }
    }
  return {
    page,
    indexedDB: page.indexedDB,
    locks: page.navigator.locks,
    operations: () => operations,
    kill: () => frame.remove(),
  }
}

/** Runs `work` in one transaction of a database that is there already; waits for it. */
export async function inDatabase(
  name: string,
  work: (entries: IDBObjectStore, owners: IDBObjectStore) => void,
): Promise<void> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name)
    // Fails where there is none yet: making an empty one would be in the way of who makes it.
    request.onupgradeneeded = () => request.transaction?.abort()
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const transaction = db.transaction(['entries', 'owners'], 'readwrite')
  work(transaction.objectStore('entries'), transaction.objectStore('owners'))
  await new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
  db.close()
}

/** A database's name that no other test has; the database goes when the test is over. */
export function freshName(): string {
  const name = `test-${crypto.randomUUID()}`
  onTestFinished(() => void indexedDB.deleteDatabase(name))
  return name
}

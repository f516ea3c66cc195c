import type { Clock } from './clock.ts'

interface IdbConnectionParts {
  readonly name: string
  readonly indexedDB: IDBFactory
  readonly clock: Clock
  /** Called each time it is opened, before anything is done in it: it may be another database than before. */
  readonly onOpen: () => void
}

const openTimeoutMs = 3_000

/** A database of three stores that is opened when it is used, and again after it was closed or deleted. */
export function idbConnection({ name, indexedDB, clock, onOpen }: IdbConnectionParts) {
  let connection: Promise<IDBDatabase> | undefined

  function connect() {
    connection ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(name)
      const cancel = clock.after(openTimeoutMs, () => {
        request.onsuccess = () => request.result.close()
        reject(new Error('IndexedDB is silent'))
      })
      request.onupgradeneeded = () => {
        const db = request.result
        db.createObjectStore('entries', { keyPath: ['producer', 'source', 'sequence'] })
        db.createObjectStore('owners', { keyPath: 'producer' })
        db.createObjectStore('aside', { autoIncrement: true })
      }
      request.onerror = () => {
        cancel()
        reject(request.error)
      }
      request.onsuccess = () => {
        const db = request.result
        cancel()
        db.onclose = db.onversionchange = () => {
          db.close()
          close()
        }
        onOpen()
        resolve(db)
      }
    })
    return connection
  }

  /** Lets what has begun end. */
  function close() {
    connection?.then(
      db => db.close(),
      () => {},
    )
    connection = undefined
  }

  return {
    close,
    /** Gives what `run` gives, when all that it asked for is done. */
    async transact<T>(
      durability: IDBTransactionDurability,
      run: (entries: IDBObjectStore, owners: IDBObjectStore, aside: IDBObjectStore) => T,
    ): Promise<T> {
      try {
        const db = await connect()
        return await new Promise<T>((resolve, reject) => {
          const stores = ['entries', 'owners', 'aside']
          const transaction = db.transaction(stores, 'readwrite', { durability })
          const store = (of: string) => transaction.objectStore(of)
          const result = run(store('entries'), store('owners'), store('aside'))
          transaction.oncomplete = () => resolve(result)
          transaction.onabort = () => reject(transaction.error)
        })
      } catch (error) {
        // A full disk is no reason to lose what can still be read and deleted.
        if (!/Quota/.test(`${error}`)) close()
        throw error
      }
    },
  }
}

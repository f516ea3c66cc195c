import type { Held } from './held-entries.ts'
import { idbConnection } from './idb-connection.ts'
import { readEntry } from './read-entry.ts'
import type { EntryStore, StoreHost } from './stored-outbox.ts'

export interface IdbStoreParts {
  readonly name: string
  readonly indexedDB: IDBFactory
  readonly locks: LockManager | null
}

/** What a tab owns a producer by. */
interface Claim {
  /** Resolves when it is known whether this tab is the owner, as far as the lock says. */
  readonly granted: Promise<boolean>
  readonly unlock: () => void
  /** Differs from those of all owners before and after. */
  token: number
  /** Whether the owner's row was written since the database was opened. */
  isWritten?: boolean
}

/** Each producer in the store has one. */
interface OwnerRow {
  readonly token: number
  /** When the owner last wrote. */
  readonly atMs: number
}

const renewMs = 5_000
const leaseMs = 30_000

/** Keeps entries in IndexedDB. Each producer has one owner, by a lock or, without locks, by a renewed lease. */
export function idbStore(
  { name, indexedDB, locks }: IdbStoreParts,
  { clock, restage, lose, report }: StoreHost,
): EntryStore {
  const claims = new Map<string, Claim>()
  const database = idbConnection({
    name,
    indexedDB,
    clock,
    onOpen() {
      for (const claim of claims.values()) claim.isWritten = false
      restage()
    },
  })
  let stopRenewing: (() => void) | undefined

  function claimOf(producer: string): Claim {
    const known = claims.get(producer)
    if (known) return known
    let unlock: (() => void) | undefined
    const granted = new Promise<boolean>((resolve, reject) => {
      if (!locks) return resolve(true)
      locks
        .request(`tidegate:${name}:${producer}`, { ifAvailable: true }, lock => {
          resolve(!!lock)
          return (
            lock &&
            new Promise<void>(end => {
              unlock = end
            })
          )
        })
        .catch(error => {
          reject(error)
          // Once it was granted, an error says that it was stolen.
          if (claims.delete(producer) && unlock) lose(producer)
        })
    })
    const claim = { token: clock.now(), granted, unlock: () => unlock?.() }
    claims.set(producer, claim)
    return claim
  }

  function noteWritten(producer: string) {
    const claim = claims.get(producer)
    if (claim) claim.isWritten = true
    if (!locks) stopRenewing ??= clock.after(renewMs, renew)
  }

  function letGo(producer: string) {
    claims.get(producer)?.unlock()
    claims.delete(producer)
  }

  async function renew() {
    stopRenewing = undefined
    // Whether the database fails is for those to say who have something to save.
    const owned = [...claims.keys()].filter(producer => claims.get(producer)?.isWritten)
    const lost = await write([], owned).catch(() => {})
    lost?.forEach(lose)
    if (claims.size) stopRenewing ??= clock.after(renewMs, renew)
  }

  /** Writes if this tab owns all the producers, else gives those that it does not. */
  async function write(
    changed: readonly Held[],
    producers: readonly string[],
    durability: IDBTransactionDurability = 'relaxed',
    atMs = clock.now(),
  ) {
    const lost: string[] = []
    try {
      await database.transact(durability, (entries, owners) => {
        for (const producer of producers) {
          const found: IDBRequest<OwnerRow | undefined> = owners.get(producer)
          found.onsuccess = () => {
            const claim = claims.get(producer)
            // A row that was written and is gone was adopted by another tab, whose work is done.
            if (claim && (found.result ? found.result.token === claim.token : !claim.isWritten))
              owners.put({ producer, token: claim.token, atMs })
            else if (lost.push(producer) === 1) owners.transaction.abort()
          }
        }
        for (const { entry, order } of changed) entries.put({ ...entry, order })
      })
      producers.forEach(noteWritten)
    } catch (error) {
      if (!lost.length) throw error
      lost.forEach(letGo)
      return lost
    }
  }

  /** Takes over a producer of a tab that is gone; gives its entries, or nothing where it is not gone. */
  async function adopt(producer: string) {
    const claim = claimOf(producer)
    const adopted: Held[] = []
    let isGone = false
    let isDamaged = false
    try {
      if (await claim.granted)
        await database.transact('strict', (entries, owners, aside) => {
          const range = IDBKeyRange.bound([producer], [producer, []])
          const found: IDBRequest<OwnerRow | undefined> = owners.get(producer)
          const keys = entries.getAllKeys(range)
          const rows = entries.getAll(range)
          rows.onsuccess = () => {
            const { token, atMs } = found.result ?? { token: 0, atMs: 0 }
            if (!locks && Math.abs(clock.now() - atMs) < leaseMs) return
            isGone = true
            claim.token = Math.max(claim.token, token + 1)
            for (const [place, row] of rows.result.entries()) {
              const entry = readEntry(row)
              if (entry) adopted.push({ entry, order: row.order })
              else {
                isDamaged = true
                aside.add(row)
                entries.delete(keys.result[place] ?? [])
              }
            }
            if (adopted.length) owners.put({ producer, token: claim.token, atMs: clock.now() })
            else owners.delete(producer)
          }
        })
    } catch (error) {
      letGo(producer)
      throw error
    }
    if (isDamaged) report('Damaged records were set aside')
    if (adopted.length) noteWritten(producer)
    else letGo(producer)
    return isGone ? adopted.sort((a, b) => a.order - b.order) : undefined
  }

  return {
    async load(take) {
      const producers = new Set<string>()
      await database.transact('relaxed', (entries, owners) => {
        // Also those whose owner nobody noted: from the first entry of each to that of the next.
        for (const request of [owners.openKeyCursor(), entries.openKeyCursor()])
          request.onsuccess = () => {
            const cursor = request.result
            if (!cursor) return
            const [producer = ''] = [cursor.key].flat()
            producers.add(`${producer}`)
            cursor.continue(request.source === owners ? undefined : [producer, []])
          }
      })
      let more = false
      for (const producer of producers) {
        if (claims.has(producer)) continue
        const adopted = await adopt(producer)
        more ||= !adopted
        for (const { entry, order } of adopted ?? []) take(entry, order)
      }
      return more
    },
    async save(changed, checked, durable) {
      const entries = [...changed.map(({ entry }) => entry), ...checked]
      const producers = [...new Set(entries.map(({ producer }) => producer))]
      for (const producer of producers)
        if (!(await claimOf(producer).granted)) {
          letGo(producer)
          return [producer]
        }
      if (producers.length) return write(changed, producers, durable ? 'strict' : 'relaxed')
    },
    async forget(settled) {
      await database.transact('relaxed', entries => {
        for (const { entry } of settled)
          entries.delete([entry.producer, entry.source, entry.sequence])
      })
    },
    async release() {
      // A lease that ended long ago.
      if (!locks) await write([], [...claims.keys()], 'relaxed', 0)
      for (const producer of claims.keys()) letGo(producer)
      stopRenewing?.()
      stopRenewing = undefined
      database.close()
    },
  }
}

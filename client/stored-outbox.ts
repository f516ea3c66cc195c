import { type Clock, systemClock } from './clock.ts'
import { type Held, heldEntries, type OutboxBounds } from './held-entries.ts'
import type { Outbox, OutboxEntry, OutboxOwner } from './outbox.ts'
import { keyOf } from './pending.ts'

export interface StoredOutboxOptions extends OutboxBounds {
  readonly clock?: Clock
}

/** What a store may ask of the outbox over it. */
export interface StoreHost {
  readonly clock: Clock
  /** Everything that this client owns, in the order of `append`. */
  held(): readonly Held[]
  /** Has everything saved again: the store may have lost it. */
  restage(): void
  /** Gives up a producer: another client owns it now. */
  lose(producer: string): void
  report(reason: string): void
}

/**
 * Where a client keeps its entries. A call that fails has done nothing, as far as anybody knows: it comes again
 * with the same entries, which until then are in memory only.
 */
export interface EntryStore {
  /**
   * Hands what earlier clients left, and this one owns from now on, to `take`: each producer's entries in the
   * order of their `append`. Gives whether others own more. Entries that are held already may be among them.
   */
  load(take: (entry: OutboxEntry, order?: number) => Held): Promise<boolean>
  /**
   * Saves new and changed entries and gives nothing; or saves none and gives those of their producers, and of
   * the `checked` entries', that another client owns: at least one. With `durable`, all that is saved survives
   * a power cut when it resolves.
   */
  save(
    changed: readonly Held[],
    checked: readonly OutboxEntry[],
    durable: boolean,
  ): Promise<readonly string[] | undefined>
  forget(settled: readonly Held[]): Promise<undefined>
  /** Lets go of all producers: everything is saved. */
  release(): Promise<void>
}

/** How long a store that failed is left alone, and how often others are looked at. */
const restMs = 30_000

const nothing = () => {}

/**
 * An outbox over a store that may fail: what cannot be saved is held in memory, said once and tried again later.
 * The appends of one turn are saved together.
 */
export function storedOutbox(
  openStore: (host: StoreHost) => EntryStore,
  { clock = systemClock, ...bounds }: StoredOutboxOptions,
): Outbox {
  const held = heldEntries(bounds)
  const unsaved = new Set<Held>()
  const unforgotten = new Set<Held>()
  const page = globalThis.document
  let owner: OutboxOwner | undefined
  let fresh: Held[] = []
  let appending: Promise<void> | undefined
  let busy = Promise.resolve()
  let failedAtMs = -Infinity
  /** What is being saved right now, and who was lost meanwhile. */
  const saving = new Set<readonly Held[]>()
  const lostLater = new Set<string>()
  let stopWatching = () => {}

  const report = (reason: string) => owner?.report(reason)

  function lose(producer: string) {
    // Nobody knows yet what the other client has of this.
    if ([...saving].some(all => all.some(({ entry }) => entry.producer === producer))) {
      lostLater.add(producer)
      return
    }
    const unkept: OutboxEntry[] = []
    for (const one of [...held.all(), ...unsaved]) {
      if (one.entry.producer !== producer) continue
      held.remove(one.entry)
      one.isLost = true
      if (unsaved.delete(one) && !one.isSaved) unkept.push(one.entry)
    }
    owner?.disown(producer, unkept)
  }

  const store = openStore({
    clock,
    held: held.all,
    restage() {
      for (const one of held.all()) unsaved.add(one)
    },
    lose,
    report,
  })

  function fail(error: unknown) {
    if (failedAtMs < 0) report(`Records are kept in memory only: ${error}`)
    failedAtMs = clock.now()
  }

  /** Has the store do what is staged, unless it failed just now; what is not done stays staged. */
  async function flush(
    staged: Set<Held>,
    work: (all: readonly Held[]) => Promise<readonly string[] | undefined>,
  ) {
    // A clock that jumps costs a try or a rest.
    if (Math.abs(clock.now() - failedAtMs) < restMs) return
    const all = [...staged]
    staged.clear()
    if (staged === unsaved) saving.add(all)
    let lost: readonly string[] | undefined
    try {
      lost = await work(all)
      // What fails for want of room may be forgotten all the same.
      if (staged === unsaved) failedAtMs = -Infinity
      for (const one of all)
        if (lost) staged.add(one)
        else one.isSaved = true
    } catch (error) {
      fail(error)
      for (const one of all) staged.add(one)
    }
    saving.delete(all)
    const gone = [...(lost ?? []), ...lostLater]
    lostLater.clear()
    gone.forEach(lose)
    return lost
  }

  /** Fails if another client owns a needed entry; one that was settled meanwhile needs no saving any more. */
  async function save(needed: readonly (Held | undefined)[], durable = false): Promise<void> {
    const own = needed.flatMap(one => (one && !one.isLost ? [one.entry] : [])).filter(held.get)
    const lost = await flush(unsaved, all => store.save(all, own, durable))
    if (lost) return save(needed, durable)
    if (!needed.every(one => one && !one.isLost))
      throw new Error('Another client owns these records now')
  }

  const forget = () => flush(unforgotten, store.forget)

  function track<T>(work: Promise<T>): Promise<T> {
    // Phones of some age have no `allSettled`.
    const done = work.then(nothing, nothing)
    busy = Promise.all([busy, done]).then(nothing)
    return work
  }

  async function look() {
    stopWatching()
    const found: OutboxEntry[] = []
    const settled = new Map(Array.from(unforgotten, one => [keyOf(one.entry), one]))
    let more = true
    try {
      more = await store.load((entry, order) => {
        // What could not be forgotten yet is no news.
        const known = held.get(entry) ?? settled.get(keyOf(entry))
        if (known) return known
        found.push(entry)
        const one = held.hold(entry, order)
        one.isSaved = true
        return one
      })
    } catch (error) {
      fail(error)
    }
    watch(more)
    return found
  }

  /** Looks again when the page is shown and, if there is more, after a while: its owners may be gone by then. */
  function watch(more: boolean) {
    const again = async () => {
      const found = await track(look())
      if (found.length) owner?.adopt(found)
    }
    // A page that is being hidden may be on its way out.
    const shown = () => page.visibilityState === 'visible' && again()
    const cancel = more && clock.after(restMs, again)
    page?.addEventListener('visibilitychange', shown)
    stopWatching = () => {
      if (cancel) cancel()
      page?.removeEventListener('visibilitychange', shown)
    }
  }

  return {
    own(given) {
      owner = given
    },
    async load() {
      const kept = held.all().map(({ entry }) => entry)
      return [...kept, ...(await track(look()))]
    },
    append(entry) {
      const one = held.append(entry)
      unsaved.add(one)
      fresh.push(one)
      appending ??= track(
        Promise.resolve().then(() => {
          const entries = fresh
          fresh = []
          appending = undefined
          return save(entries)
        }),
      )
      return appending
    },
    attempt(entries) {
      // What was released is whose it is now.
      for (const entry of entries) if (!held.get(entry)) owner?.disown(entry.producer, [])
      for (const entry of entries) {
        const known = held.get(entry)
        if (!known || known.entry.attemptedAtMs !== undefined) continue
        known.entry = entry
        unsaved.add(known)
      }
      return track(save(entries.map(held.get), true))
    },
    async settle(entries, receipts) {
      for (const [place, entry] of entries.entries()) {
        const known = receipts[place]?.code === 'closed' ? undefined : held.remove(entry)
        if (!known) continue
        unsaved.delete(known)
        unforgotten.add(known)
      }
      await track(forget())
    },
    async release() {
      const given = new Set(held.all())
      await busy
      stopWatching()
      await save([])
      await forget()
      if (unsaved.size) throw new Error('Records are kept in memory only')
      const released = held.all()
      for (const { entry } of released) held.remove(entry)
      await store.release()
      // What was pushed meanwhile went with the rest.
      const late = released.filter(one => !given.has(one))
      for (const producer of new Set(late.map(({ entry }) => entry.producer)))
        owner?.disown(producer, [])
    },
  }
}

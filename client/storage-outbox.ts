import { type FoldedEntry, foldLines, type PlacedLine } from './fold-lines.ts'
import { groupBy } from './group-by.ts'
import type { Held } from './held-entries.ts'
import type { KeyValueStorage } from './key-value-storage.ts'
import type { Outbox } from './outbox.ts'
import { type OutboxLine, parseLine, renderLine, runsOf } from './outbox-line.ts'
import {
  type EntryStore,
  type StoredOutboxOptions,
  type StoreHost,
  storedOutbox,
} from './stored-outbox.ts'

export {
  type KeyValueStorage,
  type MmkvStore,
  mmkvStorage,
  webStorage,
} from './key-value-storage.ts'

export interface StorageOutboxOptions extends StoredOutboxOptions {
  readonly storage: KeyValueStorage
  /** Keys of the outbox begin so. Whoever has another prefix has another outbox. */
  readonly prefix?: string
}

/** A key of the storage. */
interface Row {
  readonly key: string
  /** What still needs it: unsettled entries or, where it tells of settled ones, the rows that hold them. */
  needs: number
  /** Those that tell of its settled entries. */
  readonly settles: Row[]
}

/** A key and what was read of it. */
interface ReadRow extends PlacedLine<string> {
  readonly text: string
  readonly isDamaged: boolean
}

/**
 * Gives an outbox in AsyncStorage, MMKV (by `mmkvStorage`) or a store like them. It has one owner: two clients
 * at a time must not share a prefix. Each call writes one key, however much is kept already.
 */
export function storageOutbox({
  storage,
  prefix = 'tidegate',
  ...options
}: StorageOutboxOptions): Outbox {
  return storedOutbox(host => storageStore(storage, prefix, host), options)
}

function storageStore(
  storage: KeyValueStorage,
  prefix: string,
  { clock, report }: StoreHost,
): EntryStore {
  const appendOf = new Map<Held, Row>()
  const attemptOf = new Map<Held, Row>()
  /** Keys that nothing needs, as long as they are not removed. */
  const useless = new Set<string>()
  let count = 0
  let turn: Promise<unknown> = Promise.resolve()

  /** One call after the other: each builds on what the one before wrote. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work)
    turn = done.catch(() => {})
    return done
  }

  async function write(line: OutboxLine, needs: number): Promise<Row> {
    const key = `${prefix}:${`${count++}`.padStart(12, '0')}`
    await storage.setItem(key, renderLine(line))
    return { key, needs, settles: [] }
  }

  async function removeUseless() {
    const keys = [...useless]
    if (storage.multiRemove && keys.length > 1) await storage.multiRemove(keys)
    else for (const key of keys) await storage.removeItem(key)
    useless.clear()
  }

  async function readLines(): Promise<readonly ReadRow[]> {
    const keys = (await storage.getAllKeys()).filter(key => key.startsWith(`${prefix}:`)).sort()
    const rows: ReadRow[] = []
    for (const id of keys) {
      const text = (await storage.getItem(id)) ?? ''
      const read = parseLine(text)
      rows.push({ id, text, line: read?.line, isDamaged: !read || read.damaged > 0 })
      count = Math.max(count, Number(id.slice(prefix.length + 1)) + 1 || 0)
    }
    return rows
  }

  /**
   * Makes each append hold what is unsettled of it and all that is known of that; then no other line is needed.
   * Copies what cannot be read to where nobody reads it. Cut short at any point it leaves what says the same.
   */
  async function tidy(rows: readonly ReadRow[], live: readonly FoldedEntry<string>[]) {
    const damaged = rows.filter(({ isDamaged }) => isDamaged)
    for (const { id, text } of damaged)
      await storage.setItem(`${prefix}-damaged:${id.slice(prefix.length + 1)}`, text)
    if (damaged.length) report(`${damaged.length} damaged entries of the outbox were set aside`)
    const byAppend = groupBy(live, ({ appendedIn }) => appendedIn)
    for (const { id, line, isDamaged } of rows) {
      const left = byAppend.get(id)?.map(({ entry }) => entry)
      if (!left || line?.kind !== 'append') useless.add(id)
      else {
        const kept = new Set(left)
        if (isDamaged || !line.entries.every(entry => kept.has(entry)))
          await storage.setItem(id, renderLine({ ...line, entries: left }))
      }
    }
    await removeUseless()
  }

  return {
    load: take =>
      inTurn(async () => {
        const read = await readLines()
        const live = foldLines(read)
        await tidy(read, live).catch(error => report(`The outbox could not be tidied: ${error}`))
        appendOf.clear()
        attemptOf.clear()
        const rows = new Map<string, Row>()
        for (const { entry, appendedIn } of live) {
          const row = rows.get(appendedIn) ?? { key: appendedIn, needs: 0, settles: [] }
          row.needs += 1
          rows.set(appendedIn, row)
          appendOf.set(take(entry), row)
        }
        return false
      }),
    save: changed =>
      inTurn(async () => {
        const append = changed.filter(one => !appendOf.has(one))
        const attempt = changed.filter(one => appendOf.has(one))
        if (append.length) {
          const entries = append.map(({ entry }) => entry)
          const row = await write({ kind: 'append', atMs: clock.now(), entries }, entries.length)
          for (const one of append) appendOf.set(one, row)
        }
        for (const [atMs, left] of groupBy(attempt, ({ entry }) => entry.attemptedAtMs)) {
          if (atMs === undefined) continue
          const runs = runsOf(left.map(({ entry }) => entry))
          const row = await write({ kind: 'attempt', atMs, runs }, left.length)
          for (const one of left) attemptOf.set(one, row)
        }
        return undefined
      }),
    forget: settled =>
      inTurn(async () => {
        const drop = (row: Row | undefined) => {
          if (!row || --row.needs) return
          useless.add(row.key)
          row.settles.forEach(drop)
        }
        const partly = new Map<Row, readonly Held[]>()
        for (const [row, gone] of groupBy(settled, one => appendOf.get(one)))
          if (row && gone.length < row.needs) partly.set(row, gone)
        if (partly.size) {
          const runs = runsOf([...partly.values()].flat().map(({ entry }) => entry))
          const told = await write({ kind: 'settle', runs }, partly.size)
          for (const row of partly.keys()) row.settles.push(told)
        }
        // What holds entries goes before what is known of them.
        for (const rows of [appendOf, attemptOf])
          for (const one of settled) {
            drop(rows.get(one))
            rows.delete(one)
          }
        await removeUseless()
        return undefined
      }),
    release: () =>
      inTurn(async () => {
        appendOf.clear()
        attemptOf.clear()
      }),
  }
}

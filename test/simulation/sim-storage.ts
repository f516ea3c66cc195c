import { DatabaseSync } from 'node:sqlite'
import type { SqlRow, SqlValue, Storage } from '../../gateway/ports.ts'
import { Gone } from './actor.ts'
import type { Faults } from './faults.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { VirtualTime } from './virtual-time.ts'

/** One synchronous stretch of writes: atomic, confirmed some time later. */
interface Stretch {
  readonly alarmBefore: number | null
  confirmed: boolean
}

export interface SimStorage {
  /** The storage of one life of the object: it answers no more once the next life has begun. */
  lifeOf(): Storage
  /** Resolves when everything written so far is confirmed. */
  gate(): Promise<void>
  /** Begins another life: what is not confirmed is gone. */
  restart(): void
  alarmMs(): number | null
  clearAlarm(): void
  isConfirmed(): boolean
  /** Keeps a copy of what is confirmed now, or as soon as all of it is, for a restore later. */
  backUp(): void
  /** Begins another life on the copy that was kept; gives whether there was one. */
  restore(): boolean
  /** Flips a bit of a stored row that has digests, unless there is none; gives what was hit. */
  flipBit(): string | undefined
  rowsWritten(): number
  close(): void
}

/**
 * A Durable Object's storage: real SQLite, in memory. Each synchronous stretch is one atomic write under a
 * savepoint of its own that is confirmed some time later, in order; a crash rolls back to the confirmed
 * prefix. Tables and prepared statements survive restarts, so that a crash costs next to nothing.
 */
export function simStorage(
  time: VirtualTime,
  random: SeededRandom,
  faults: Faults,
  onAlarm: (atMs: number | null) => void,
): SimStorage {
  let database = new DatabaseSync(':memory:')
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  let alarm: number | null = null
  /** Stretches whose savepoints are open, oldest first: the unconfirmed ones and the prefix before them. */
  let stretches: Stretch[] = []
  let confirmed = 0
  let open: Stretch | undefined
  let waiting: { readonly for: Stretch; readonly resolve: () => void }[] = []
  let life = 0
  let rowsWritten = 0
  let inTransaction = false
  let copy: { readonly bytes: Uint8Array; readonly alarm: number | null } | undefined
  let wantsCopy = false

  const confirmLater = (stretch: Stretch) => {
    const ofLife = life
    const slowMs = faults.happens('slow_confirm') ? 3_000 * random() : 0
    time.at(1 + random() * 6 + slowMs, () => {
      if (life !== ofLife) return
      stretch.confirmed = true
      while (stretches[confirmed]?.confirmed === true) confirmed++
      if (waiting.length > 0) release()
      // Nothing could be rolled back any more, so that the savepoints may go.
      if (confirmed < stretches.length) return
      run('RELEASE s0', [])
      stretches = []
      confirmed = 0
      open = undefined
      if (wantsCopy) backUp()
    })
  }
  const release = () => {
    const ready = waiting.filter(({ for: last }) => isPast(last))
    if (ready.length === 0) return
    waiting = waiting.filter(({ for: last }) => !isPast(last))
    for (const { resolve } of ready) resolve()
  }
  const isPast = (stretch: Stretch) => {
    const at = stretches.indexOf(stretch)
    return at < 0 || at < confirmed
  }
  const gate = (): Promise<void> => {
    const last = stretches.at(-1)
    if (last === undefined || confirmed === stretches.length) return Promise.resolve()
    return new Promise(resolve => waiting.push({ for: last, resolve }))
  }
  /** Must come before the first write of a stretch, so that the savepoint lies before it. */
  const beginStretch = () => {
    if (open !== undefined) return
    const stretch: Stretch = { alarmBefore: alarm, confirmed: false }
    open = stretch
    run(`SAVEPOINT s${stretches.length}`, [])
    stretches.push(stretch)
    confirmLater(stretch)
    // The stretch ends with the turn: what comes after an await is another write.
    queueMicrotask(() => {
      if (open === stretch) open = undefined
    })
  }
  const run = (text: string, parameters: readonly SqlValue[]): readonly SqlRow[] => {
    const known = prepared.get(text)
    if (known !== undefined) return known.all(...parameters)
    const made = database.prepare(text)
    prepared.set(text, made)
    return made.all(...parameters)
  }
  const backUp = () => {
    wantsCopy = stretches.length > 0
    if (!wantsCopy) copy = { bytes: database.serialize(), alarm }
  }
  const restart = () => {
    life++
    waiting = []
    open = undefined
    const lost = stretches[confirmed]
    if (lost !== undefined) {
      database.exec(`ROLLBACK TO s${confirmed}`)
      alarm = lost.alarmBefore
    }
    if (stretches.length > 0) run('RELEASE s0', [])
    stretches = []
    confirmed = 0
  }
  const setAlarm = (atMs: number | null) => {
    beginStretch()
    alarm = atMs
    onAlarm(atMs)
  }

  const lifeOf = (): Storage => {
    const ofLife = life
    const checkAlive = () => {
      if (life !== ofLife) throw new Gone('This life of the object is over.')
    }
    return {
      sql(statement, ...parameters) {
        checkAlive()
        if (!statement.startsWith('SELECT')) {
          beginStretch()
          rowsWritten++
        }
        return run(statement, parameters)
      },
      transaction(work) {
        checkAlive()
        if (inTransaction) throw new Error('Transactions do not nest here.')
        const alarmBefore = alarm
        beginStretch()
        inTransaction = true
        run('SAVEPOINT work', [])
        try {
          const result = work()
          run('RELEASE work', [])
          return result
        } catch (cause) {
          database.exec('ROLLBACK TO work')
          run('RELEASE work', [])
          if (alarm !== alarmBefore) {
            alarm = alarmBefore
            onAlarm(alarm)
          }
          throw cause
        } finally {
          inTransaction = false
        }
      },
      async sync() {
        checkAlive()
        await gate()
      },
      setAlarm(atMs) {
        checkAlive()
        setAlarm(atMs)
      },
      deleteAlarm() {
        checkAlive()
        setAlarm(null)
      },
      rowsWritten: () => rowsWritten,
    }
  }

  return {
    lifeOf,
    gate,
    alarmMs: () => alarm,
    clearAlarm: () => setAlarm(null),
    rowsWritten: () => rowsWritten,
    isConfirmed: () => confirmed === stretches.length,
    restart,
    backUp,
    restore() {
      restart()
      if (copy === undefined) return false
      prepared.clear()
      database.close()
      database = new DatabaseSync(':memory:')
      database.deserialize(copy.bytes)
      alarm = copy.alarm
      return true
    },
    flipBit() {
      // Under a savepoint the flip would be undone by a crash.
      if (stretches.length > 0) return undefined
      const named = "SELECT name FROM sqlite_schema WHERE name LIKE 'segment\\__%' ESCAPE '\\'"
      const stored = run(named, []).flatMap(({ name }) =>
        run(
          `SELECT '${name}' AS name, row, header, body FROM ${name} WHERE records > 0 AND header LIKE '{"format":2%'`,
          [],
        ),
      )
      const hit = stored[Math.floor(random() * stored.length)]
      if (hit === undefined) return undefined
      const column = random() < 0.5 ? 'header' : 'body'
      const text = String(hit[column])
      const at = Math.floor(random() * text.length)
      const flipped = String.fromCharCode(text.charCodeAt(at) ^ (1 << Math.floor(random() * 7)))
      const damaged = `${text.slice(0, at)}${flipped}${text.slice(at + 1)}`
      run(`UPDATE ${hit.name} SET ${column} = ? WHERE row = ?`, [damaged, Number(hit.row)])
      return `the ${column} of row ${hit.row} in ${hit.name}`
    },
    close: () => database.close(),
  }
}

import { DatabaseSync } from 'node:sqlite'
import type { SqlRow, SqlValue, Storage } from '../../gateway/ports.ts'
import { Gone } from './actor.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { VirtualTime } from './virtual-time.ts'

type Write =
  | { readonly statement: string; readonly parameters: readonly SqlValue[] }
  | { readonly alarmMs: number | null }

interface Stretch {
  readonly writes: Write[]
  confirmed: boolean
}

export interface SimStorage extends Storage {
  /** Resolves when everything written so far is confirmed. */
  gate(): Promise<void>
  /** Drops what is not confirmed and gives a storage for the next life; this one answers no more. */
  restart(): SimStorage
  alarmMs(): number | null
  clearAlarm(): void
  isConfirmed(): boolean
}

/**
 * A Durable Object's storage: real SQLite, in memory. Each synchronous stretch is one atomic write that is
 * confirmed some time later, in order; a crash leaves the confirmed prefix.
 */
export function simStorage(
  time: VirtualTime,
  random: SeededRandom,
  onAlarm: (atMs: number | null) => void,
  confirmed: readonly Stretch[] = [],
): SimStorage {
  const database = new DatabaseSync(':memory:')
  let alarm: number | null = null
  const stretches: Stretch[] = [...confirmed]
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  let open: Stretch | undefined
  /** How many stretches from the first on are confirmed. */
  let prefix = stretches.length
  let waiting: { readonly upTo: number; readonly resolve: () => void }[] = []
  let dead = false
  let rowsWritten = 0
  let transaction: Write[] | undefined

  const statementOf = (text: string) => {
    const known = prepared.get(text)
    if (known !== undefined) return known
    const made = database.prepare(text)
    prepared.set(text, made)
    return made
  }
  const runStatement = (text: string, parameters: readonly SqlValue[]): readonly SqlRow[] => {
    // A schema change makes prepared statements of the table stale.
    if (/^(?:CREATE|DROP)/.test(text)) {
      prepared.clear()
      database.exec(text)
      return []
    }
    return statementOf(text).all(...parameters)
  }
  for (const { writes } of confirmed) {
    for (const write of writes) {
      if ('alarmMs' in write) alarm = write.alarmMs
      else runStatement(write.statement, write.parameters)
    }
  }

  const confirmLater = (stretch: Stretch) => {
    time.at(1 + random() * 6, () => {
      if (dead) return
      stretch.confirmed = true
      while (stretches[prefix]?.confirmed === true) prefix++
      const released = waiting.filter(({ upTo }) => upTo <= prefix)
      waiting = waiting.filter(({ upTo }) => upTo > prefix)
      for (const { resolve } of released) resolve()
    })
  }
  const confirmedSoFar = (): Promise<void> => {
    const upTo = stretches.length
    if (upTo <= prefix) return Promise.resolve()
    return new Promise(resolve => waiting.push({ upTo, resolve }))
  }
  const write = (entry: Write) => {
    if (transaction !== undefined) {
      transaction.push(entry)
      return
    }
    if (open === undefined) {
      const stretch: Stretch = { writes: [], confirmed: false }
      open = stretch
      stretches.push(stretch)
      confirmLater(stretch)
      // The stretch ends with the turn: what comes after an await is another write.
      queueMicrotask(() => {
        if (open === stretch) open = undefined
      })
    }
    open.writes.push(entry)
  }
  const checkAlive = () => {
    if (dead) throw new Gone('This life of the object is over.')
  }
  const setAlarm = (atMs: number | null) => {
    checkAlive()
    alarm = atMs
    write({ alarmMs: atMs })
    onAlarm(atMs)
  }

  return {
    sql(statement, ...parameters) {
      checkAlive()
      const rows = runStatement(statement, parameters)
      if (!/^\s*SELECT/i.test(statement)) {
        rowsWritten++
        write({ statement, parameters })
      }
      return rows
    },
    transaction(work) {
      checkAlive()
      if (transaction !== undefined) throw new Error('Transactions do not nest here.')
      const writes: Write[] = []
      const alarmBefore = alarm
      transaction = writes
      database.exec('SAVEPOINT work')
      try {
        const result = work()
        database.exec('RELEASE work')
        transaction = undefined
        for (const entry of writes) write(entry)
        return result
      } catch (cause) {
        prepared.clear()
        database.exec('ROLLBACK TO work')
        database.exec('RELEASE work')
        transaction = undefined
        alarm = alarmBefore
        throw cause
      }
    },
    async sync() {
      checkAlive()
      await confirmedSoFar()
    },
    gate: confirmedSoFar,
    setAlarm: atMs => setAlarm(atMs),
    deleteAlarm: () => setAlarm(null),
    rowsWritten: () => rowsWritten,
    alarmMs: () => alarm,
    clearAlarm: () => setAlarm(null),
    isConfirmed: () => prefix === stretches.length,
    restart() {
      dead = true
      database.close()
      return simStorage(time, random, onAlarm, stretches.slice(0, prefix))
    },
  }
}

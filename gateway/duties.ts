import { causeOf } from './cause-of.ts'
import type { Clock, Random, Report, Storage } from './ports.ts'
import { integerOf, textOf } from './sql-row.ts'

/** Does a duty; gives nothing when it is done, or the time in ms at which to come again. */
export type Duty = () => Promise<number | undefined>

export interface Duties {
  /** Makes a duty due, or due earlier unless it is backing off; part of the caller's transaction. */
  set(what: string, dueMs: number): void
  /** Makes a duty due also where it is backing off: there is something new to do; part of the caller's transaction. */
  renew(what: string, dueMs: number): void
  /** Does all that is due and arms the alarm for the rest. Never throws: a failure backs off and stays. */
  run(): Promise<void>
  /** Arms the alarm again for what waits, should it have been lost. */
  wake(): void
}

/** Longest wait between two tries of a failing duty. */
const maxBackoffMs = 300_000

/**
 * An object's duties: a table and the object's single alarm, set to the earliest of them. Cost: one row
 * and one alarm for a new duty; nothing for one that is set already.
 */
export function createDuties(
  ports: { clock: Clock; random: Random; storage: Storage; report: Report },
  duties: { readonly [what: string]: Duty },
): Duties {
  const { clock, random, storage, report } = ports
  storage.sql(
    'CREATE TABLE IF NOT EXISTS duties (what TEXT PRIMARY KEY, due_ms INTEGER NOT NULL, attempts INTEGER NOT NULL) WITHOUT ROWID',
  )
  /** The duty under way, and when it was asked for again meanwhile; its row stays until it is done. */
  let current: { readonly what: string; againMs: number | undefined } | undefined
  let running: Promise<void> | undefined

  const arm = () => {
    const [row] = storage.sql('SELECT min(due_ms) AS due_ms FROM duties HAVING count(*) > 0')
    if (row !== undefined) storage.setAlarm(integerOf(row, 'due_ms'))
  }

  const set = (what: string, dueMs: number) => {
    if (current?.what === what) {
      current.againMs = Math.min(current.againMs ?? dueMs, dueMs)
      return
    }
    const written = storage.sql(
      'INSERT INTO duties (what, due_ms, attempts) VALUES (?, ?, 0) ON CONFLICT (what) DO UPDATE SET due_ms = excluded.due_ms WHERE excluded.due_ms < due_ms AND attempts = 0 RETURNING what',
      what,
      dueMs,
    )
    if (written.length > 0 && running === undefined) arm()
  }

  const attempt = async (what: string, attempts: number) => {
    current = { what, againMs: undefined }
    let next: number | undefined
    let failures = 0
    try {
      const duty = duties[what]
      // Another version's duty, met while both are deployed: it is left for that one.
      next = duty === undefined ? clock.now() + maxBackoffMs : await duty()
    } catch (cause) {
      failures = attempts + 1
      report('duty failed', { what, attempts: failures, cause: causeOf(cause) })
      const longestMs = Math.min(maxBackoffMs, 1_000 * 2 ** attempts)
      next = Math.ceil(clock.now() + longestMs * (0.5 + random.number() / 2))
    }
    // A failure keeps its backoff; what succeeded comes again when it was asked for meanwhile.
    const { againMs } = current
    if (failures === 0 && againMs !== undefined) next = Math.min(next ?? againMs, againMs)
    current = undefined
    if (next === undefined) storage.sql('DELETE FROM duties WHERE what = ?', what)
    else
      storage.sql('UPDATE duties SET due_ms = ?, attempts = ? WHERE what = ?', next, failures, what)
  }

  const runDue = async () => {
    const due = storage.sql(
      'SELECT what, attempts FROM duties WHERE due_ms <= ? ORDER BY due_ms, what',
      clock.now(),
    )
    for (const row of due) await attempt(textOf(row, 'what'), integerOf(row, 'attempts'))
  }

  return {
    set,
    renew(what, dueMs) {
      storage.sql(
        'UPDATE duties SET due_ms = min(due_ms, ?), attempts = 0 WHERE what = ?',
        dueMs,
        what,
      )
      set(what, dueMs)
    },
    run: () => {
      running ??= runDue()
        .catch(cause => report('duties failed', { cause: causeOf(cause) }))
        .finally(() => {
          running = undefined
          arm()
        })
      return running
    },
    wake: () => void arm(),
  }
}

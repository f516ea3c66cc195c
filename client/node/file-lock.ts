import { randomUUID } from 'node:crypto'
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { systemClock } from '../clock.ts'

/** A guard is held for a few file operations; one that is this old was left by a process that died. */
const maxGuardMs = 10_000
const guardPauseMs = 20

export interface FileLock {
  /** Whether nobody took it away. */
  isHeld(): Promise<boolean>
  release(): Promise<void>
}

/**
 * Takes a lock file for this process, also from one that is dead; throws a sentence where a living one has it.
 * Processes must see each other's numbers: it is for one machine.
 */
export async function takeFileLock(path: string): Promise<FileLock> {
  const id = randomUUID()
  const mine = `${process.pid} ${await startOf(process.pid)} ${id}\n`
  const draft = `${path}.${id}`
  // A link is there with all it says, or not at all.
  await writeFile(draft, mine, { mode: 0o600 })
  try {
    while (!(await isNew(draft, path))) await removeDead(path, `${path}.guard`)
  } finally {
    await rm(draft, { force: true })
  }
  const isHeld = async () => (await textOf(path)) === mine
  return {
    isHeld,
    async release() {
      if (await isHeld()) await rm(path, { force: true })
    },
  }
}

async function isNew(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Removes a dead process's lock; throws a sentence where a living one has it. */
async function removeDead(path: string, guard: string): Promise<void> {
  if (await isDead(path)) {
    // Many may find it dead: they look again and remove it one at a time, so that nobody removes the next one.
    if (await isGuard(guard)) {
      try {
        if (await isDead(path)) await rm(path, { force: true })
      } finally {
        await rm(guard, { force: true })
      }
    } else await new Promise<void>(resolve => systemClock.after(guardPauseMs, resolve))
  }
}

/** Whether a lock is there whose process is not; throws a sentence where its process lives. */
async function isDead(path: string): Promise<boolean> {
  const text = await textOf(path)
  if (text === undefined) return false
  const [pid = '', start = ''] = text.split(' ')
  if (!(await isAlive(Number(pid), start))) return true
  throw new Error(
    `Process ${pid} uses it. If it does not, remove ${path}: the lock may be another machine's.`,
  )
}

/** Whether this caller has the guard now; one whose process died with it is removed for the next try. */
async function isGuard(guard: string): Promise<boolean> {
  try {
    await writeFile(guard, '', { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  const isOld = await stat(guard).then(
    ({ mtimeMs }) => Math.abs(systemClock.now() - mtimeMs) > maxGuardMs,
    () => false,
  )
  if (isOld) await rm(guard, { force: true })
  return false
}

async function isAlive(pid: number, start: string): Promise<boolean> {
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
  // Numbers are given again, in a container at every start.
  const known = await startOf(pid)
  return known === '' || known === start
}

/** When a process began, in units of the system, or of this one; nothing where nobody tells. */
async function startOf(pid: number): Promise<string> {
  const status = await textOf(`/proc/${pid}/stat`)
  // The second field is a name, which may hold anything.
  const fields = status?.slice(status.lastIndexOf(')') + 2).split(' ')
  return fields?.[19] ?? (pid === process.pid ? `${performance.timeOrigin}` : '')
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
}

function codeOf(error: unknown): unknown {
  return Object(error).code
}

import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'

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
    while (!(await isNew(draft, path))) await removeDead(path, `${draft}.dead`)
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

async function removeDead(path: string, aside: string): Promise<void> {
  const text = await textOf(path)
  if (text === undefined) return
  const [pid = '', start = ''] = text.split(' ')
  if (await isAlive(Number(pid), start))
    throw new Error(
      `Process ${pid} uses it. If it does not, remove ${path}: the lock may be another machine's.`,
    )
  // Two may find it dead: only one gets to move it away, and gives it back if it was not what it saw.
  try {
    await rename(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if ((await textOf(aside)) !== text) await isNew(aside, path)
  await rm(aside, { force: true })
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
  const stat = await textOf(`/proc/${pid}/stat`)
  // The second field is a name, which may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
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

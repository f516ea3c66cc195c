import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { platform } from 'node:process'
import { promisify } from 'node:util'

const execFileAsync = promisify(execFile)

/** One process, told apart from a later one that was given the same pid by its start time. */
export interface ProcessNote {
  readonly pid: number
  /** Linux: clock ticks after boot; elsewhere the text of `ps -o lstart=`. Only ever compared. */
  readonly startTime: string
}

interface ProcessStat {
  readonly name: string
  readonly state: string
  readonly parentPid: number
  readonly startTime: string
}

/** Notes a process that runs now, or gives nothing if there is none. */
export async function noteProcess(pid: number): Promise<ProcessNote | undefined> {
  const startTime = platform === 'linux' ? (await readStat(pid))?.startTime : await psStartTime(pid)
  return startTime === undefined ? undefined : { pid, startTime }
}

/** Whether this very process still runs: the pid lives *and* started when the note says. */
export async function isSameProcess(note: ProcessNote): Promise<boolean> {
  return (await noteProcess(note.pid))?.startTime === note.startTime
}

/** Gives the running children of a process whose program has this name. */
export async function findChildren(
  parentPid: number,
  name: string,
): Promise<readonly ProcessNote[]> {
  const pids =
    platform === 'linux'
      ? await childrenByProc(parentPid, name)
      : await childrenByPs(parentPid, name)
  const notes = await Promise.all(pids.map(noteProcess))
  return notes.filter(note => note !== undefined)
}

/** Ends a process: asks first, forces after `graceMs`; gives whether it was there. */
export async function endProcess(note: ProcessNote, graceMs = 2_000): Promise<boolean> {
  if (!(await isSameProcess(note))) return false
  sendSignal(note.pid, 'SIGTERM')
  for (let waitedMs = 0; waitedMs < graceMs; waitedMs += 50) {
    if (!(await isSameProcess(note))) return true
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  if (await isSameProcess(note)) sendSignal(note.pid, 'SIGKILL')
  return true
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended by itself between the look and the signal.
  }
}

/** A zombie has ended and only waits for its parent to notice: it counts as gone. */
async function readStat(pid: number): Promise<ProcessStat | undefined> {
  let text: string
  try {
    text = await readFile(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The name stands in brackets and may itself hold spaces and brackets: fields count from the last one.
  const nameEnd = text.lastIndexOf(')')
  const fields = text.slice(nameEnd + 2).split(' ')
  const [state = 'X', parentPid = '0'] = fields
  const startTime = fields[19]
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined
  const name = text.slice(text.indexOf('(') + 1, nameEnd)
  return { name, state, parentPid: Number(parentPid), startTime }
}

async function childrenByProc(parentPid: number, name: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter(entry => /^\d+$/.test(entry)).map(Number)
  const stats = await Promise.all(pids.map(async pid => ({ pid, stat: await readStat(pid) })))
  return stats
    .filter(({ stat }) => stat?.parentPid === parentPid && stat.name === name)
    .map(({ pid }) => pid)
}

async function childrenByPs(parentPid: number, name: string): Promise<readonly number[]> {
  const { stdout } = await execFileAsync('ps', ['-axo', 'pid=,ppid=,comm='])
  const rows = stdout.split('\n').map(line => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
  return rows
    .filter(row => Number(row?.[2]) === parentPid && row?.[3]?.split('/').at(-1) === name)
    .map(row => Number(row?.[1]))
}

async function psStartTime(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await execFileAsync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)])
    const [, state, startTime] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(stdout) ?? []
    return state?.startsWith('Z') ? undefined : startTime
  } catch {
    return undefined
  }
}

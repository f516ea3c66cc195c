import { readdir, readFile } from 'node:fs/promises'

/** Microseconds in one of the kernel's clock ticks: 100 a second on every Linux that Node runs on. */
const tickUs = 10_000

/** Ids of this process's children, oldest first; none where the system has no /proc. */
export async function childProcesses(): Promise<number[]> {
  const children: number[] = []
  for (const name of await readdir('/proc').catch(() => [])) {
    const fields = /^\d+$/.test(name) ? await statOf(Number(name)) : undefined
    if (fields !== undefined && Number(fields[1]) === process.pid) children.push(Number(name))
  }
  return children.sort((a, b) => a - b)
}

/** CPU time that a process has used so far in µs, in all its threads; nothing where that is not told. */
export async function cpuTimeUs(pid: number | undefined): Promise<number | undefined> {
  const fields = pid === undefined ? undefined : await statOf(pid)
  return fields && (Number(fields[11]) + Number(fields[12])) * tickUs
}

/** Fields of /proc/PID/stat from the third on: the second, a name in brackets, may hold anything. */
async function statOf(pid: number): Promise<string[] | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')
}

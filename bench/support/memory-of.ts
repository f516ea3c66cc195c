import { readFile } from 'node:fs/promises'

const sampleMs = 50

/** Memory that a process holds in bytes; nothing where the system has no /proc. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(text) ?? []
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024
}

/** Watches how much memory processes hold while some work is done; gives the most of them together. */
export async function peakWhile<T>(
  pids: readonly number[],
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peakBytes: number | undefined }> {
  let peakBytes: number | undefined
  const sample = async () => {
    const found = await Promise.all(pids.map(residentBytes))
    const sum = found.reduce<number>((total, bytes) => total + (bytes ?? 0), 0)
    if (sum > 0) peakBytes = Math.max(peakBytes ?? 0, sum)
  }
  const timer = setInterval(sample, sampleMs)
  try {
    const result = await work()
    await sample()
    return { result, peakBytes }
  } finally {
    clearInterval(timer)
  }
}

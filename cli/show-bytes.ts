import type { ProgressStream } from './progress.ts'

const refreshMs = 250

/** Gives a function that shows on a terminal how many bytes have come; elsewhere it shows nothing. */
export function showBytes(stream: ProgressStream, label: string): (bytes: number) => void {
  let shownMs = -Infinity
  return bytes => {
    const nowMs = performance.now()
    if (stream.isTTY !== true || nowMs - shownMs < refreshMs) return
    shownMs = nowMs
    // The code at the end clears what is left of a longer line.
    stream.write(`\r${label} ${formatBytes(bytes)}\u001b[K`)
  }
}

/** Formats a number of bytes for people: `512 bytes`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
  return bytes < 100_000 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(1)} MB`
}

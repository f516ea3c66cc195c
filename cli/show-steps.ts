import type { Progress } from '../client/offline/index.ts'
import type { ProgressStream } from './progress.ts'
import { formatBytes } from './show-bytes.ts'

const refreshMs = 1_000

/** Shows what is being done, and how far: on a terminal in one line that changes, else a line each second. */
export function showSteps(stream: ProgressStream): {
  readonly tell: (progress: Progress) => void
  readonly end: () => void
} {
  const isTerminal = stream.isTTY === true
  let shownMs = -Infinity
  return {
    tell({ what, done, total }) {
      const nowMs = performance.now()
      if (!isTerminal && nowMs - shownMs < refreshMs) return
      shownMs = nowMs
      const far = what.startsWith('fetching')
        ? `${formatBytes(done)} of ${formatBytes(total)}`
        : `${done} of ${total}`
      // The code at the end clears what is left of a longer line.
      stream.write(isTerminal ? `\r${what}: ${far}\u001b[K` : `${what}: ${far}\n`)
    },
    end() {
      if (isTerminal) stream.write('\r\u001b[K')
    },
  }
}

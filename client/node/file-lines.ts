import { crc32 } from 'node:zlib'
import type { PlacedLine } from '../fold-lines.ts'
import { type OutboxLine, parseLine, renderLine } from '../outbox-line.ts'

/** What a file of lines holds. */
export interface FileLines {
  readonly lines: readonly PlacedLine<number>[]
  /** Lines that cannot be read, or not wholly, as they are. */
  readonly damaged: readonly Uint8Array[]
}

/** Renders a line with its checksum and its end: a line without one was torn by a crash. */
export function renderFileLine(line: OutboxLine): string {
  const text = renderLine(line)
  return `${checksumOf(Buffer.from(text))} ${text}\n`
}

/** Reads a file; what a crash tore off its last line was never confirmed. Throws for lines of a newer version. */
export function readFileLines(bytes: Buffer): FileLines {
  const lines: PlacedLine<number>[] = []
  const damaged: Uint8Array[] = []
  for (let start = 0; ; ) {
    const end = bytes.indexOf(10, start)
    if (end < 0) return { lines, damaged }
    const whole = bytes.subarray(start, end)
    const body = whole.subarray(9)
    const isWhole = whole.subarray(0, 9).toString('latin1') === `${checksumOf(body)} `
    const read = isWhole ? parseLine(body.toString()) : undefined
    if (isWhole && !read && formatOf(body.toString()) > 1)
      throw new Error('A newer version of Tidegate wrote it: use that one.')
    if (!read || read.damaged) damaged.push(whole)
    lines.push({ id: start, line: read?.line })
    start = end + 1
  }
}

function checksumOf(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, '0')
}

function formatOf(text: string): number {
  try {
    return Number(Object(JSON.parse(text)).format)
  } catch {
    return 0
  }
}

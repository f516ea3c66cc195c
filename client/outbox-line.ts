import type { OutboxEntry } from './outbox.ts'
import { readEntry } from './read-entry.ts'

/** Sequences [start, end) of one producer and source. */
export type Run = readonly [producer: string, source: string, start: number, end: number]

/** What a text store keeps of one call of an outbox, so that nothing is ever written again as a whole. */
export type OutboxLine =
  | { readonly kind: 'append'; readonly atMs: number; readonly entries: readonly OutboxEntry[] }
  /** Entries that first left at `atMs`. */
  | { readonly kind: 'attempt'; readonly atMs: number; readonly runs: readonly Run[] }
  | { readonly kind: 'settle'; readonly runs: readonly Run[] }

/** A line that was read, and how many of its entries are no entries. */
export interface ReadLine {
  readonly line: OutboxLine
  readonly damaged: number
}

/** Renders a line as JSON without line ends. */
export function renderLine(line: OutboxLine): string {
  if (line.kind !== 'append') return JSON.stringify({ format: 1, ...line })
  const entries = line.entries.map(({ bytes: _, ...entry }) => entry)
  return JSON.stringify({ format: 1, ...line, entries })
}

/** Reads a line, or gives nothing where it is none. */
export function parseLine(text: string): ReadLine | undefined {
  const { format, kind, atMs, runs, entries }: { readonly [name: string]: unknown } = Object(
    parseJson(text),
  )
  if (format !== 1) return
  if (kind === 'append' && Number.isFinite(atMs) && Array.isArray(entries)) {
    const read = entries.flatMap(entry => readEntry(entry) ?? [])
    const line = { kind, atMs: Number(atMs), entries: read } as const
    return { line, damaged: entries.length - read.length }
  }
  if (!Array.isArray(runs)) return
  const read = runs.filter(isRun)
  if (read.length < runs.length) return
  if (kind === 'settle') return { line: { kind, runs: read }, damaged: 0 }
  if (kind === 'attempt' && Number.isFinite(atMs))
    return { line: { kind, atMs: Number(atMs), runs: read }, damaged: 0 }
}

/** Joins neighbours: entries of one producer and source whose sequences follow each other. */
export function runsOf(entries: readonly OutboxEntry[]): readonly Run[] {
  const runs: [string, string, number, number][] = []
  const last = new Map<string, [string, string, number, number]>()
  for (const { producer, source, sequence } of entries) {
    const key = `${producer} ${source}`
    const run = last.get(key)
    if (run?.[3] === sequence) run[3] += 1
    else {
      const begun: [string, string, number, number] = [producer, source, sequence, sequence + 1]
      last.set(key, begun)
      runs.push(begun)
    }
  }
  return runs
}

function isRun(value: unknown): value is Run {
  if (!Array.isArray(value)) return false
  const [producer, source, start, end] = value
  return (
    typeof producer === 'string' &&
    typeof source === 'string' &&
    Number.isSafeInteger(start) &&
    Number.isSafeInteger(end) &&
    start < end
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

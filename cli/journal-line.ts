import * as v from 'valibot'
import { producerPattern } from '../shared/ingest-protocol.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const producer = v.pipe(v.string(), v.regex(producerPattern))
const counts = v.object({ accepted: count, duplicate: count, rejected: count, dropped: count })

/** What is said of a record that was not stored. */
const refusal = {
  field: v.optional(v.string()),
  code: v.optional(v.string()),
  reason: v.optional(v.string()),
}

/** The input whose rows a journal numbers, and where they go: resuming with another is refused. */
const identity = v.object({
  target: v.string(),
  source: v.string(),
  name: v.string(),
  bytes: count,
  sha256: v.string(),
})

/** Every line of a journal; format 1. Rows and sequences of a run follow each other. */
const journalLineSchema = v.variant('kind', [
  v.object({ kind: v.literal('journal'), format: v.literal(1), input: identity }),
  /** Written and synced before these rows leave; `atMs` is when. */
  v.object({
    kind: v.literal('sent'),
    producer,
    source: v.string(),
    sequence: count,
    row: count,
    count,
    atMs: count,
  }),
  v.object({
    kind: v.literal('settled'),
    producer,
    sequence: count,
    count,
    status: v.picklist(['accepted', 'duplicate', 'rejected', 'dropped']),
    ...refusal,
  }),
  /** A row that never got a sequence, because it was refused before sending. */
  v.object({
    kind: v.literal('refused'),
    row: count,
    status: v.picklist(['rejected', 'dropped']),
    ...refusal,
  }),
  /** What earlier lines came to when everything they sent was settled; their refusals follow as `kept`. */
  v.object({ kind: v.literal('done'), rows: v.array(v.tuple([count, count])), counts }),
  v.object({
    kind: v.literal('kept'),
    row: count,
    status: v.picklist(['rejected', 'dropped']),
    ...refusal,
  }),
])

export type JournalLine = v.InferOutput<typeof journalLineSchema>
export type InputIdentity = v.InferOutput<typeof identity>
export type PushCounts = v.InferOutput<typeof counts>

/** Writes a line with its end: a line without one was torn by a crash. */
export function renderJournalLine(line: JournalLine): string {
  return `${JSON.stringify(line)}\n`
}

/** Reads a line, or gives nothing where it is no line of a journal. */
export function parseJournalLine(text: string): JournalLine | undefined {
  try {
    return v.parse(journalLineSchema, JSON.parse(text))
  } catch {
    return undefined
  }
}

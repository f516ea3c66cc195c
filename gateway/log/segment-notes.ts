import * as v from 'valibot'

/** What a closed segment held, noted when it was closed so that its rows need not be read again. */
export interface SegmentNotes {
  readonly records: number
  readonly bytes: number
  readonly eventTimes?: readonly [first: string, last: string]
  /** For each entity set, for each slot touched: the last offset that touched it. */
  readonly touches: { readonly [entitySetId: string]: { readonly [slot: string]: number } }
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const schema = v.object({
  records: count,
  bytes: count,
  eventTimes: v.exactOptional(v.tuple([v.string(), v.string()])),
  touches: v.record(v.string(), v.record(v.string(), count)),
})

/** Writes notes as the text of their column. */
export function encodeSegmentNotes(notes: SegmentNotes): string {
  return JSON.stringify(notes)
}

/** Reads notes; throws where they are damaged. */
export function decodeSegmentNotes(text: string): SegmentNotes {
  return v.parse(schema, JSON.parse(text))
}

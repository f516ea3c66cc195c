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
const slotTouches = v.record(v.string(), count)
const schema = v.object({
  records: count,
  bytes: count,
  eventTimes: v.exactOptional(v.tuple([v.string(), v.string()])),
  touches: v.record(v.string(), slotTouches),
})

/** Writes notes as the text of their column. */
export function encodeSegmentNotes(notes: SegmentNotes): string {
  return JSON.stringify(notes)
}

/** Reads for each slot the last offset that touched it; throws where it is damaged. */
export function decodeSlotTouches(text: string): { [slot: string]: number } {
  return v.parse(slotTouches, JSON.parse(text))
}

/** Reads notes; throws where they are damaged. */
export function decodeSegmentNotes(text: string): SegmentNotes {
  return v.parse(schema, JSON.parse(text))
}

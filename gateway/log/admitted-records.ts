import { utf8Length } from '../../shared/utf8-length.ts'
import type { AppendMessage } from '../contracts/append.ts'
import type { Range } from '../contracts/message.ts'
import { type EventTimes, eventTimesOf, widen } from '../event-times.ts'
import { isRecord } from '../is-record.ts'
import type { ResolvedSource } from '../registry/resolved-definitions.ts'
import { schemaVersions } from '../schema-versions.ts'
import { rowOf } from '../stored-rows.ts'

/** Records on their way into a row: canonical texts joined by line feeds, and what is known of them. */
export interface RecordGroup {
  readonly text: string
  readonly bytes: number
  readonly records: number
  readonly slots: AppendMessage['slots']
  readonly eventTimes: EventTimes | undefined
}

/** All records that a request brings. */
export function admittedRecords(message: AppendMessage): RecordGroup {
  let records = 0
  for (const [start, end] of message.sequences) records += end - start
  const { text, slots, eventTimes } = message
  return { text, bytes: utf8Length(text), records, slots, eventTimes }
}

/**
 * The records at the given places. Where some are left out (a request that repeats records), the texts
 * are split and their event times read again; the usual request is passed on as it is.
 */
export function keepRecords(
  source: ResolvedSource | undefined,
  group: RecordGroup,
  places: readonly Range[],
): RecordGroup {
  const [first] = places
  if (places.length === 1 && first !== undefined && first[1] - first[0] === group.records) {
    return group
  }
  const lines = group.text.split('\n')
  const kept = places.flatMap(([start, end]) => lines.slice(start, end))
  const text = kept.join('\n')
  return {
    text,
    bytes: utf8Length(text),
    records: kept.length,
    slots: Object.fromEntries(
      Object.entries(group.slots).map(([entitySetId, slots]) => [
        entitySetId,
        Uint8Array.from(places.flatMap(([start, end]) => [...slots.slice(start, end)])),
      ]),
    ),
    eventTimes: source && eventTimesIn(kept, source),
  }
}

function eventTimesIn(texts: readonly string[], source: ResolvedSource): RecordGroup['eventTimes'] {
  // Schemas are decoded only where rows are made of records.
  const translator = source.translator && schemaVersions(source).translator
  let times: RecordGroup['eventTimes']
  for (const text of texts) {
    const record: unknown = JSON.parse(text)
    const row = isRecord(record) ? rowOf(record, translator) : undefined
    if (row !== undefined) times = widen(times, eventTimesOf(row, source.eventTimeField))
  }
  return times
}

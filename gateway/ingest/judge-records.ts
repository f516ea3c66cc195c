import { limits } from '../../shared/limits.ts'
import { canonicalText, firstRefusal } from '../../shared/record-schema.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import { utf8Length } from '../../shared/utf8-length.ts'
import type { AppendMessage } from '../contracts/append.ts'
import { entityKeyOf, slotOf } from '../online/entity-key.ts'
import { extendRanges } from '../sequence-ranges.ts'
import type { CompiledSource } from './compiled-source.ts'
import type { JudgedSource, RecordRejection } from './judged-source.ts'
import type { ParsedSource } from './parse-ingest-request.ts'

/**
 * Checks a source's records against its schema: the same rule that clients use. Admitted ones become
 * canonical text. Cost: one pass over the records, one text for each.
 */
export function judgeRecords(
  parsed: ParsedSource,
  compiled: CompiledSource | undefined,
  nowMs: number,
): JudgedSource {
  if (compiled === undefined) return unknownSource(parsed)
  const { source, schema, entitySets, versions } = compiled
  const latest = latestEventTime(nowMs)
  const admitted: number[] = []
  const texts: string[] = []
  const sequences: [number, number][] = []
  const rejected: RecordRejection[] = []
  const slots = entitySets.map((): number[] => [])
  const timeField = source.eventTimeField
  let first: string | undefined
  let last: string | undefined

  for (const [index, { record, sequence }] of parsed.elements.entries()) {
    const checked = schema['~run']({ value: record }, { abortEarly: true })
    if (!checked.typed) {
      const refusal = firstRefusal(checked)
      if (refusal !== undefined) rejected.push({ index, sequence, ...refusal })
      continue
    }
    const made = versions.translator?.admit(checked.value)
    if (made?.refusal !== undefined) {
      // The log never holds what nobody could read or fold.
      rejected.push({ index, sequence, ...made.refusal })
      continue
    }
    const row = made === undefined ? checked.value : made.record
    const time = timeField === undefined ? undefined : row?.[timeField]
    if (typeof time === 'string' && time > latest) {
      rejected.push(futureEvent(index, sequence, timeField ?? '', time, latest))
      continue
    }
    const text = canonicalText(checked.value)
    // A text of n units has at most 3n bytes: most need not be counted.
    if (text.length * 3 > limits.maxRecordBytes && utf8Length(text) > limits.maxRecordBytes) {
      rejected.push(tooLarge(index, sequence, utf8Length(text)))
      continue
    }
    admitted.push(index)
    texts.push(text)
    if (typeof time === 'string') {
      if (first === undefined || time < first) first = time
      if (last === undefined || time > last) last = time
    }
    extendRanges(sequences, sequence)
    for (const [at, { joinKeys }] of entitySets.entries()) {
      const list = slots[at]
      // What a filter leaves out concerns no entity: it goes where the record before it goes.
      list?.push(row === undefined ? (list.at(-1) ?? 0) : slotOf(entityKeyOf(joinKeys, row)))
    }
  }
  const text = texts.join('\n')
  return {
    name: parsed.name,
    compiled,
    admitted,
    text,
    bytes: text.length * 3 > limits.maxRequestBytes ? utf8Length(text) : text.length,
    sequences,
    slots: slotsOf(compiled, slots),
    eventTimes: first === undefined || last === undefined ? undefined : [first, last],
    rejected,
  }
}

/** The latest event time that is taken at this moment. */
export function latestEventTime(nowMs: number): string {
  return timestampOfMicros(BigInt(nowMs + limits.maxFutureEventMs) * 1_000n)
}

/** Slots by entity set, of lists in the order of the source's entity sets. */
export function slotsOf(
  { entitySets }: CompiledSource,
  slots: readonly (readonly number[])[],
): AppendMessage['slots'] {
  return Object.fromEntries(
    entitySets.map(({ entitySetId }, at) => [entitySetId, Uint8Array.from(slots[at] ?? [])]),
  )
}

/** The same source with no record at all: what only asks a partition about its sender. */
export function withoutRecords({ name, compiled }: JudgedSource): JudgedSource {
  return {
    name,
    ...(compiled === undefined ? {} : { compiled }),
    admitted: [],
    text: '',
    bytes: 0,
    sequences: [],
    slots: {},
    eventTimes: undefined,
    rejected: [],
  }
}

function unknownSource({ name, elements }: ParsedSource): JudgedSource {
  return {
    name,
    admitted: [],
    text: '',
    bytes: 0,
    sequences: [],
    slots: {},
    eventTimes: undefined,
    rejected: elements.map(({ sequence }, index) => ({
      index,
      sequence,
      code: 'unknown_source',
      reason: `No source "${name.slice(0, 64)}" was applied to this workspace.`,
    })),
  }
}

function futureEvent(
  index: number,
  sequence: number,
  field: string,
  time: string,
  latest: string,
): RecordRejection {
  const reason = `"${field}": ${time} lies more than one day ahead of the gateway's clock; the latest is ${latest}.`
  return { index, sequence, code: 'future_event_time', field, reason }
}

function tooLarge(index: number, sequence: number, bytes: number): RecordRejection {
  const reason = `The record has ${bytes} bytes as canonical text; the limit is ${limits.maxRecordBytes}.`
  return { index, sequence, code: 'record_too_large', reason }
}

import type { RecordCode } from '../../shared/error-codes.ts'
import { limits } from '../../shared/limits.ts'
import { canonicalText, firstRefusal } from '../../shared/record-schema.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import { utf8Length } from '../../shared/utf8-length.ts'
import type { AppendMessage, Range } from '../contracts.ts'
import { type EventTimes, eventTimesOf, widen } from '../event-times.ts'
import { entityKeyOf, slotOf } from '../online/entity-key.ts'
import { extendRanges } from '../sequence-ranges.ts'
import type { CompiledSource } from './compiled-source.ts'
import type { ParsedSource } from './parse-ingest-request.ts'

export interface RecordRejection {
  /** Place in the source's array of the request. */
  readonly index: number
  readonly sequence: number
  readonly code: RecordCode
  readonly field?: string
  readonly reason: string
}

/** A source's records of one request, judged by one version of its definition. */
export interface JudgedSource {
  readonly name: string
  /** Absent when the source is unknown: then every record is rejected. */
  readonly compiled?: CompiledSource
  /** Places of the admitted records in the request. */
  readonly admitted: readonly number[]
  readonly text: string
  readonly bytes: number
  readonly sequences: readonly Range[]
  readonly slots: AppendMessage['slots']
  readonly eventTimes: EventTimes | undefined
  readonly rejected: readonly RecordRejection[]
}

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
  const { source, schema } = compiled
  const latest = timestampOfMicros(BigInt(nowMs + limits.maxFutureEventMs) * 1_000n)
  const admitted: number[] = []
  const texts: string[] = []
  const sequences: [number, number][] = []
  const rejected: RecordRejection[] = []
  const slots = new Map(source.views.map(view => [view.entitySetId, [] as number[]]))
  const keysOf = new Map(source.views.map(view => [view.entitySetId, view.joinKeys]))
  let eventTimes: EventTimes | undefined
  let bytes = 0

  for (const [index, { record, sequence }] of parsed.elements.entries()) {
    const checked = schema['~run']({ value: record }, { abortEarly: true })
    if (!checked.typed) {
      const refusal = firstRefusal(checked)
      if (refusal !== undefined) rejected.push({ index, sequence, ...refusal })
      continue
    }
    const times = eventTimesOf(checked.value, source.eventTimeField)
    if (times !== undefined && times[1] > latest) {
      rejected.push(futureEvent(index, sequence, source.eventTimeField ?? '', times[1], latest))
      continue
    }
    const text = canonicalText(checked.value)
    const size = utf8Length(text)
    if (size > limits.maxRecordBytes) {
      rejected.push(tooLarge(index, sequence, size))
      continue
    }
    admitted.push(index)
    texts.push(text)
    bytes += size + 1
    eventTimes = widen(eventTimes, times)
    extendRanges(sequences, sequence)
    for (const [entitySetId, joinKeys] of keysOf) {
      slots.get(entitySetId)?.push(slotOf(entityKeyOf(joinKeys, checked.value)))
    }
  }
  return {
    name: parsed.name,
    compiled,
    admitted,
    text: texts.join('\n'),
    bytes,
    sequences,
    slots: Object.fromEntries([...slots].map(([id, touched]) => [id, Uint8Array.from(touched)])),
    eventTimes,
    rejected,
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

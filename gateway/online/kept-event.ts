import type { Canonical } from '../../shared/fields/data-type.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import { type AggregatedRecord, effectiveUsOf } from './aggregated-record.ts'

/**
 * A record as windows that begin anywhere need it: its event time in microseconds, as text where the effective time
 * is another or the number would not be exact, then ingest time, partition, offset, secondary key and values.
 */
export type KeptEvent = readonly Canonical[]

/** Gives a record in the form in which it is kept. */
export function keptEvent({ order, effectiveUs, key, values }: AggregatedRecord): KeptEvent {
  const { eventTime, ingestUs, partition, offset } = order
  const isExact = effectiveUs < ingestUs && Number.isSafeInteger(effectiveUs)
  return [isExact ? effectiveUs : eventTime, ingestUs, partition, offset, key, ...values]
}

/** Gives a kept record as it was folded. Its event time is written only when somebody asks for it. */
export function recordOf([
  time,
  ingestUs,
  partition,
  offset,
  key = null,
  ...values
]: KeptEvent): AggregatedRecord {
  const placed = {
    ingestUs: Number(ingestUs),
    partition: Number(partition),
    offset: Number(offset),
  }
  if (typeof time === 'string') {
    const order = { eventTime: time, ...placed }
    return { order, effectiveUs: effectiveUsOf(order), key, values }
  }
  const effectiveUs = Number(time)
  const order = {
    ...placed,
    get eventTime() {
      return timestampOfMicros(BigInt(effectiveUs))
    },
  }
  return { order, effectiveUs, key, values }
}

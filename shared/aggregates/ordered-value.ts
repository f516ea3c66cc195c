import type { Canonical } from '../fields/data-type.ts'
import { compareOrder, type RecordOrder } from './latest.ts'
import { isCount, isValueOf } from './read-value.ts'
import { maxValueBytes, valueBytes } from './state-size.ts'

/** A value and the order of its record. */
export type OrderedValue = readonly [
  eventTime: string,
  ingestUs: number,
  partition: number,
  offset: number,
  value: Canonical,
]

/** A timestamp, three whole numbers (there are few partitions), brackets and commas. */
const orderBytes = 29 + 2 * 16 + 5 + 6

export function orderedValue(order: RecordOrder, value: Canonical): OrderedValue {
  // Adding zero turns -0 into 0, which JSON cannot tell apart.
  const kept = typeof value === 'number' ? value + 0 : value
  return [order.eventTime, order.ingestUs, order.partition, order.offset, kept]
}

/** Compares by the order of the records; see {@link compareOrder}. */
export function compareOrdered(a: OrderedValue, b: OrderedValue): number {
  return compareOrder(orderOf(a), orderOf(b))
}

/** Tells whether a stored value is a value of a column of that kind, with the order of its record. */
export function isOrderedValue(kind: string, value: unknown): value is OrderedValue {
  if (!Array.isArray(value) || value.length !== 5) return false
  const [eventTime, ingestUs, partition, offset, kept]: readonly unknown[] = value
  return (
    isValueOf('timestamp', eventTime) &&
    Number.isSafeInteger(ingestUs) &&
    isCount(partition) &&
    isCount(offset) &&
    isValueOf(kind, kept)
  )
}

/** About how many bytes it takes as JSON. Cost: one visit of the value. */
export function orderedValueBytes(entry: OrderedValue): number {
  return orderBytes + valueBytes(entry[4])
}

/** The most bytes that one of a kind takes. */
export function maxOrderedValueBytes(kind: string): number {
  return orderBytes + maxValueBytes(kind)
}

function orderOf([eventTime, ingestUs, partition, offset]: OrderedValue): RecordOrder {
  return { eventTime, ingestUs, partition, offset }
}

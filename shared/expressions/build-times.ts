import type { Duration } from '../definitions/duration.ts'
import type { Int64Type } from '../fields/integer-types.ts'
import type { TimestampType } from '../fields/timestamp-type.ts'
import { node } from './columns.ts'
import type { Expression, IntegerOperand, NullOf, TimeOperand } from './expression.ts'

type Time<A> = Expression<TimestampType, NullOf<A>>
type Count<A> = Expression<Int64Type, NullOf<A>>
export type TruncateUnit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'
export type EpochUnit = 'microseconds' | 'milliseconds' | 'seconds'
export type TimePart = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'dayOfWeek'

/** The beginning of the second, minute, hour, day, week (Monday), month or year that a time is in, in UTC. */
export function truncate<A extends TimeOperand>(time: A, unit: TruncateUnit): Time<A> {
  return node('truncate', [time], { unit })
}
/** A part of a time in UTC; `dayOfWeek` is 1 on Mondays and 7 on Sundays. */
export function extract<A extends TimeOperand>(time: A, part: TimePart): Count<A> {
  return node('extract', [time], { part })
}
/** Later by a duration, `'15m'`, or earlier, `'-1h'`; null outside the years 0001 to 9999. */
export function shift<A extends TimeOperand>(time: A, by: Duration | `-${Duration}`): Time<A> {
  return node('shift', [time], { by })
}
/** Whole units since 1970, floored. */
export function epoch<A extends TimeOperand>(time: A, unit: EpochUnit): Count<A> {
  return node('epoch', [time], { unit })
}
/** The time so many units after 1970; null outside the years 0001 to 9999. */
export function fromEpoch<A extends IntegerOperand>(count: A, unit: EpochUnit): Time<A> {
  return node('fromEpoch', [count], { unit })
}

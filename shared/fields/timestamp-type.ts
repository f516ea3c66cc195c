import { parseTimestamp, timestampOfDate } from '../timestamp.ts'
import type { DataType } from './data-type.ts'
import { refuse } from './refusal.ts'

export interface TimestampType extends DataType<'timestamp', Date | string, string> {}

/** A moment in microseconds UTC: a `Date` or ISO 8601 text in, ISO 8601 text with six digits out. */
export const timestamp: TimestampType = /* @__PURE__ */ Object.freeze<TimestampType>({
  kind: 'timestamp',
  '~check': value => {
    if (typeof value === 'string') {
      return parseTimestamp(value) ?? refuse('bad_timestamp', 'ISO 8601 timestamp', value)
    }
    const date = typeof value === 'object' && value !== null ? toDate(value) : undefined
    if (date === undefined) return refuse('wrong_type', 'timestamp', value)
    return timestampOfDate(date) ?? refuse('bad_timestamp', 'valid date of year 1 to 9999', value)
  },
})

/** A copy by the time that only real dates have: of any realm, and whatever a subclass overrides. */
function toDate(value: object): Date | undefined {
  try {
    return new Date(Date.prototype.getTime.call(value))
  } catch {
    return undefined
  }
}

import { parseTimestamp, timestampOfMs } from '../timestamp.ts'
import type { DataType } from './data-type.ts'
import { refuse } from './refusal.ts'

export interface TimestampType extends DataType<'timestamp', Date | string, string> {}

/** A moment in microseconds UTC: a `Date` or ISO 8601 text in, ISO 8601 text with six digits out. */
export const timestamp: TimestampType = /* @__PURE__ */ Object.freeze<TimestampType>({
  kind: 'timestamp',
  '~check': value => {
    let canonical: string | undefined
    if (typeof value === 'string') canonical = parseTimestamp(value)
    else {
      try {
        // The time that only real dates have: of any realm, and whatever a subclass overrides.
        canonical = timestampOfMs(Date.prototype.getTime.call(value as Date))
      } catch {
        return refuse('timestamp', value)
      }
    }
    return canonical ?? refuse('ISO 8601 timestamp', value, 'bad_timestamp')
  },
})

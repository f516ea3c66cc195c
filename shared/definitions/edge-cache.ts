import { requireOptions } from '../fields/options.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { type Duration, durationMs, readDuration } from './duration.ts'

/** Copies of a view's features near their readers, for who takes older ones. */
export interface EdgeCache {
  /** A copy that is older is not served; one minute to one day. */
  readonly maxAge: Duration
}

/** The edge itself holds on to what it read for a minute. */
const [leastMs, mostMs] = [60_000, 86_400_000]

/** Gives the option of a view, or nothing if it is absent; throws a ValidationError where a rule is broken. */
export function readEdgeCache(where: string, value: unknown): EdgeCache | undefined {
  if (value === undefined) return undefined
  const { maxAge: given } = requireOptions(`${where}, edgeCache`, value, ['maxAge'])
  const maxAge = readDuration(`${where}, edgeCache`, 'maxAge', given)
  if (maxAge !== undefined && durationMs(maxAge) >= leastMs && durationMs(maxAge) <= mostMs) {
    return Object.freeze({ maxAge })
  }
  throw new ValidationError(
    `${where}, edgeCache: maxAge is a duration from '1m' to '1d' but received ${describe(given)}.`,
  )
}

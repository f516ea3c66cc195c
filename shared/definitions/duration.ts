import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'

/** A span of time as definitions write it: `'90s'`, `'15m'`, `'1h'`, `'30d'`. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`

const pattern = /^([1-9]\d{0,8})([smhd])$/
const unitMs: ReadonlyMap<string, number> = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])
const maxDays = 36_500

/** Gives a duration's milliseconds. */
export function durationMs(duration: Duration): number {
  const [, count, unit = ''] = pattern.exec(duration) ?? []
  return Number(count) * (unitMs.get(unit) ?? Number.NaN)
}

/** Writes milliseconds that are whole seconds in the largest unit that divides them: `60m` is `1h`, nothing is `0s`. */
export function durationText(ms: number): string {
  if (ms === 0) return '0s'
  const [unit = '', size = 1_000] = [...unitMs].reverse().find(([, size]) => ms % size === 0) ?? []
  return `${ms / size}${unit}`
}

/** Gives a duration option, or nothing if it is absent; throws on other text and above 36,500 days. */
export function readDuration(where: string, name: string, value: unknown): Duration | undefined {
  if (value === undefined) return undefined
  if (isDuration(value) && durationMs(value) <= maxDays * 86_400_000) return value
  throw new ValidationError(
    `${where}: ${name} is a duration such as '90s', '15m', '1h' or '30d', at most '${maxDays}d', but received ${describe(value)}.`,
  )
}

function isDuration(value: unknown): value is Duration {
  return typeof value === 'string' && pattern.test(value)
}

const firstMs = -62_135_596_800_000
/** The first microsecond of the year 0001, since 1970. */
export const firstMicros = firstMs * 1_000
const lastMs = 253_402_300_799_999
const msIn400Years = 146_097 * 86_400_000

/** Every part in its range and day in its month, but that 29 February needs a leap year. */
const form =
  /^\d{4}-(?!02-3|(?:0[469]|11)-31)(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/

/**
 * Reads `YYYY-MM-DDThh:mm[:ss[.f{1,9}]][Z|±hh:mm]` and gives its canonical text: UTC, six digits and `Z`,
 * so that timestamps compare as text. No zone means UTC; what is finer than a microsecond is floored.
 * Gives nothing for any other text, for days no calendar has, for 24:00 and :60, and for years outside
 * 0001 to 9999 once the offset is applied. About 0.1 µs, with an offset 1 µs.
 */
export function parseTimestamp(text: string): string | undefined {
  if (!form.test(text)) return undefined
  if (text.startsWith('02-29', 5) && !isLeapYear(Number(text.slice(0, 4)))) return undefined
  const sign = text[text.length - 6]
  const zone = sign === '+' || sign === '-' ? text.slice(-6) : text.endsWith('Z') ? 'Z' : ''
  const end = Math.min(text.length - zone.length, 26)
  const missing = ':00.000000Z'.slice(end - 16)
  if (zone.length < 6) return text.startsWith('0000') ? undefined : text.slice(0, end) + missing
  // Offsets are whole minutes, so seconds and fraction stay as they are.
  return timestampOfMs(Date.parse(text.slice(0, 16) + zone), 16, text.slice(16, end) + missing)
}

/** Reads what bounds a range of times: a timestamp, or a day (`2026-01-31`) for its first moment in UTC. */
export function parseDayOrTime(text: string): string | undefined {
  return parseTimestamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text)
}

/**
 * Gives the canonical text of milliseconds since 1970, or nothing outside the years 0001 to 9999: the first
 * `kept` characters as they write it, then `rest`.
 */
export function timestampOfMs(ms: number, kept = 23, rest = '000Z'): string | undefined {
  // NaN, the time of an invalid date, fails every comparison.
  if (!(ms >= firstMs && ms <= lastMs)) return undefined
  return new Date(ms).toISOString().slice(0, kept) + rest
}

/** Gives the microseconds since 1970 of a canonical timestamp; throws a RangeError on any other text. */
export function microsOf(timestamp: string): bigint {
  if (parseTimestamp(timestamp) !== timestamp) {
    throw new RangeError(
      `Expected a canonical timestamp but received ${JSON.stringify(timestamp)}.`,
    )
  }
  return BigInt(wholeSecondsMs(timestamp)) * 1000n + BigInt(digitsAt(timestamp, 20, 6))
}

/**
 * The same as a number, of a timestamp that is known to be canonical: exact from 1685 to 2255, a few microseconds off
 * beyond. About 0.1 µs.
 */
export function microsNumberOf(timestamp: string): number {
  return wholeSecondsMs(timestamp) * 1_000 + digitsAt(timestamp, 20, 6)
}

function wholeSecondsMs(timestamp: string): number {
  // Date.UTC takes years below 100 as 19xx; the calendar repeats every 400 years.
  const ms = Date.UTC(
    digitsAt(timestamp, 0, 4) + 400,
    digitsAt(timestamp, 5, 2) - 1,
    digitsAt(timestamp, 8, 2),
    digitsAt(timestamp, 11, 2),
    digitsAt(timestamp, 14, 2),
    digitsAt(timestamp, 17, 2),
  )
  return ms - msIn400Years
}

/** Gives the canonical text of microseconds since 1970; throws a RangeError outside the years 0001 to 9999. */
export function timestampOfMicros(micros: bigint): string {
  const rest = ((micros % 1000n) + 1000n) % 1000n
  const text = timestampOfMs(Number((micros - rest) / 1000n))
  if (text === undefined) {
    throw new RangeError(`${micros} microseconds lie outside the years 0001 to 9999.`)
  }
  return `${text.slice(0, 23)}${String(rest).padStart(3, '0')}Z`
}

/** The number that `count` digits write. */
function digitsAt(text: string, at: number, count: number): number {
  let number = 0
  for (let place = at; place < at + count; place++)
    number = number * 10 + text.charCodeAt(place) - 48
  return number
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

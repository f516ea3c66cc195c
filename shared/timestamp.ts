const firstMicros = -62_135_596_800_000_000n
const lastMicros = 253_402_300_799_999_999n
const msIn400Years = 146_097 * 86_400_000

/**
 * Reads `YYYY-MM-DDThh:mm[:ss[.f{1,9}]][Z|±hh:mm]` and gives its canonical text: UTC, six digits and `Z`,
 * so that timestamps compare as text. No zone means UTC; what is finer than a microsecond is floored.
 * Gives nothing for any other text, for days no calendar has, for 24:00 and :60, and for years outside
 * 0001 to 9999 once the offset is applied. About 0.1 µs, with an offset 1 µs.
 */
export function parseTimestamp(text: string): string | undefined {
  const { length } = text
  if (length < 16 || length > 35) return undefined
  const year = digitsAt(text, 0, 4)
  const month = digitsAt(text, 5, 2)
  const day = digitsAt(text, 8, 2)
  const hour = digitsAt(text, 11, 2)
  const minute = digitsAt(text, 14, 2)
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':') return undefined
  // What is no number is NaN here, so only true comparisons let it pass.
  if (!(year >= 0 && day >= 1 && day <= daysIn(year, month))) return undefined
  if (!(hour <= 23 && minute <= 59)) return undefined

  let at = 16
  let fraction = ''
  if (text[16] === ':') {
    if (!(digitsAt(text, 17, 2) <= 59)) return undefined
    at = 19
    if (text[19] === '.') {
      at = 20
      while (isDigit(text.charCodeAt(at))) at++
      if (at === 20 || at > 29) return undefined
      fraction = text.slice(20, Math.min(at, 26))
    }
  }
  const offset = offsetAt(text, at)
  if (offset === undefined) return undefined
  if (offset === 0) {
    if (year === 0) return undefined
    if (length === 27 && at === 26) return text
    const second = at === 16 ? `${text.slice(0, 16)}:00` : text.slice(0, 19)
    return `${second}.${fraction.padEnd(6, '0')}Z`
  }
  const second = at === 16 ? 0 : digitsAt(text, 17, 2)
  const shifted = new Date(epochMs(year, month, day, hour, minute - offset, second))
  const moved = timestampOfDate(shifted)
  return moved && `${moved.slice(0, 20)}${fraction.padEnd(6, '0')}Z`
}

/** Gives the canonical text of a `Date`, or nothing if it is invalid or outside the years 0001 to 9999. */
export function timestampOfDate(date: Date): string | undefined {
  if (Number.isNaN(date.getTime())) return undefined
  const text = date.toISOString()
  // Years outside 0000 to 9999 are written with a sign and six digits.
  if (text.length !== 24 || text.startsWith('0000')) return undefined
  return `${text.slice(0, 23)}000Z`
}

/** Gives the microseconds since 1970 of a canonical timestamp; throws a RangeError on any other text. */
export function microsOf(timestamp: string): bigint {
  if (parseTimestamp(timestamp) !== timestamp) {
    throw new RangeError(
      `Expected a canonical timestamp but received ${JSON.stringify(timestamp)}.`,
    )
  }
  const ms = epochMs(
    digitsAt(timestamp, 0, 4),
    digitsAt(timestamp, 5, 2),
    digitsAt(timestamp, 8, 2),
    digitsAt(timestamp, 11, 2),
    digitsAt(timestamp, 14, 2),
    digitsAt(timestamp, 17, 2),
  )
  return BigInt(ms) * 1000n + BigInt(digitsAt(timestamp, 20, 6))
}

/** Gives the canonical text of microseconds since 1970; throws a RangeError outside the years 0001 to 9999. */
export function timestampOfMicros(micros: bigint): string {
  if (micros < firstMicros || micros > lastMicros) {
    throw new RangeError(`${micros} microseconds lie outside the years 0001 to 9999.`)
  }
  const rest = ((micros % 1000n) + 1000n) % 1000n
  const text = new Date(Number((micros - rest) / 1000n)).toISOString()
  return `${text.slice(0, 23)}${String(rest).padStart(3, '0')}Z`
}

/** Milliseconds since 1970; minutes may lie outside the hour. */
function epochMs(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  // Date.UTC takes years below 100 as 19xx; the calendar repeats every 400 years.
  return Date.UTC(year + 400, month - 1, day, hour, minute, second) - msIn400Years
}

/** The zone's offset from UTC in minutes, or nothing if the rest of the text is no zone. */
function offsetAt(text: string, at: number): number | undefined {
  const left = text.length - at
  if (left === 0) return 0
  const sign = text[at]
  if (left === 1) return sign === 'Z' ? 0 : undefined
  if (left !== 6 || (sign !== '+' && sign !== '-') || text[at + 3] !== ':') return undefined
  const hours = digitsAt(text, at + 1, 2)
  const minutes = digitsAt(text, at + 4, 2)
  if (!(hours <= 23 && minutes <= 59)) return undefined
  return (hours * 60 + minutes) * (sign === '-' ? -1 : 1)
}

/** The number that `count` digits write, or NaN, which fails every comparison. */
function digitsAt(text: string, at: number, count: number): number {
  let number = 0
  for (let place = at; place < at + count; place++) {
    const code = text.charCodeAt(place)
    if (!isDigit(code)) return Number.NaN
    number = number * 10 + code - 48
  }
  return number
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function daysIn(year: number, month: number): number {
  if (!(month >= 1 && month <= 12)) return 0
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  microsOf,
  parseTimestamp,
  timestampOfMicros,
  timestampOfMs,
} from '../../shared/timestamp.ts'

const firstMicros = -62_135_596_800_000_000n
const lastMicros = 253_402_300_799_999_999n
const micros = fc.bigInt({ min: firstMicros, max: lastMicros })

describe('parseTimestamp', () => {
  it.each([
    ['2001-01-10T18:20', '2001-01-10T18:20:00.000000Z'],
    ['2001-01-10T18:20Z', '2001-01-10T18:20:00.000000Z'],
    ['2001-01-10T18:20+01:00', '2001-01-10T17:20:00.000000Z'],
    ['2001-01-10T18:20:59', '2001-01-10T18:20:59.000000Z'],
    ['2001-01-10T18:20:59.1', '2001-01-10T18:20:59.100000Z'],
    ['2001-01-10T18:20:59.123456Z', '2001-01-10T18:20:59.123456Z'],
    ['2001-01-10T18:20:59.123456', '2001-01-10T18:20:59.123456Z'],
    ['2001-01-10T18:20:59.12345Z', '2001-01-10T18:20:59.123450Z'],
    ['2001-01-10T18:20:59.123456+00:00', '2001-01-10T18:20:59.123456Z'],
    ['2001-01-10T18:20:59.123456-00:00', '2001-01-10T18:20:59.123456Z'],
    ['2001-01-10T18:20:59.123456999Z', '2001-01-10T18:20:59.123456Z'],
    ['1969-12-31T23:59:59.999999999Z', '1969-12-31T23:59:59.999999Z'],
    ['2000-02-29T00:00Z', '2000-02-29T00:00:00.000000Z'],
    ['2024-02-29T23:30:00.5-01:00', '2024-03-01T00:30:00.500000Z'],
    ['2024-12-31T18:30:00-05:30', '2025-01-01T00:00:00.000000Z'],
    ['0001-01-01T00:00Z', '0001-01-01T00:00:00.000000Z'],
    ['0000-12-31T23:59-00:01', '0001-01-01T00:00:00.000000Z'],
    ['0099-03-01T00:00+23:59', '0099-02-28T00:01:00.000000Z'],
    ['9999-12-31T23:59:59.999999999Z', '9999-12-31T23:59:59.999999Z'],
  ])('reads %s', (text, canonical) => {
    expect(parseTimestamp(text)).toBe(canonical)
  })

  it.each([
    ['', 'no text'],
    ['2001-01-10', 'a date only'],
    ['2001-01-10T18', 'no minutes'],
    ['2001-01-10 18:20', 'a space for T'],
    ['2001-01-10t18:20', 'a small t'],
    ['2001-01-10T18:20z', 'a small z'],
    ['2001-1-10T18:20:00', 'one digit of a month'],
    ['2001-00-10T18:20', 'month 0'],
    ['2001-13-10T18:20', 'month 13'],
    ['2001-01-00T18:20', 'day 0'],
    ['2001-04-31T18:20', 'April 31'],
    ['2001-02-29T18:20', 'February 29 of a common year'],
    ['1900-02-29T18:20', 'February 29 of a common century'],
    ['2001-01-10T24:00', 'hour 24'],
    ['2001-01-10T18:60', 'minute 60'],
    ['2001-01-10T18:20:60', 'second 60'],
    ['2001-01-10T18:20:5', 'one digit of a second'],
    ['2001-01-10T18:20.5', 'a fraction without seconds'],
    ['2001-01-10T18:20:00.', 'an empty fraction'],
    ['2001-01-10T18:20:00.1234567890', 'ten digits of a fraction'],
    ['2001-01-10T18:20:00,5', 'a comma'],
    ['2001-01-10T18:20:00 Z', 'a space before the zone'],
    ['2001-01-10T18:20:00Z ', 'something after the zone'],
    ['2001-01-10T18:20:00+01', 'an offset without minutes'],
    ['2001-01-10T18:20:00+0100', 'an offset without colon'],
    ['2001-01-10T18:20:00+24:00', 'an offset of a day'],
    ['2001-01-10T18:20:00+01:60', 'an offset of 60 minutes'],
    ['2001-01-10T18:20:00+01:00:00', 'an offset with seconds'],
    ['2001-01-10T18:20:00−01:00', 'a typographic minus'],
    ['２001-01-10T18:20:00Z', 'a full-width digit'],
    ['+2001-01-10T18:20:00Z', 'a signed year'],
    ['12001-01-10T18:20:00Z', 'a year of five digits'],
    ['0000-12-31T23:59Z', 'year 0'],
    ['0001-01-01T00:00+00:01', 'year 0 after the offset'],
    ['9999-12-31T23:59-00:01', 'year 10000 after the offset'],
    ['2001-01-10T18:20:00ZZ', 'two zones'],
    ['1000000000', 'seconds'],
  ])('refuses %s: %s', text => {
    expect(parseTimestamp(text)).toBeUndefined()
  })

  it('gives the same moment for every way of writing it', () => {
    const parts = fc.record({
      at: fc.date({
        min: new Date('0001-01-03T00:00:00Z'),
        max: new Date('9999-12-29T00:00:00Z'),
        noInvalidDate: true,
      }),
      offset: fc.integer({ min: -1439, max: 1439 }),
      digits: fc.integer({ min: 0, max: 9 }),
      nanos: fc.integer({ min: 0, max: 999_999_999 }),
    })
    fc.assert(
      fc.property(parts, ({ at, offset, digits, nanos }) => {
        const second = Math.floor(at.getTime() / 1000)
        const local = new Date((second + offset * 60) * 1000).toISOString().slice(0, 19)
        const fraction = String(nanos).padStart(9, '0').slice(0, digits)
        const clock = new Date(Math.abs(offset) * 60_000).toISOString().slice(11, 16)
        const zone = `${offset < 0 ? '-' : '+'}${clock}`
        const canonical = parseTimestamp(`${local}${fraction && `.${fraction}`}${zone}`)
        const expected = BigInt(second) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 6))
        expect(canonical).toBe(timestampOfMicros(expected))
      }),
    )
  })

  it('agrees with Date wherever Date keeps to the same form', () => {
    const digit = fc.integer({ min: 0, max: 99 }).map(number => String(number).padStart(2, '0'))
    const text = fc
      .tuple(digit, digit, digit, digit, digit, digit, digit)
      .map(([c, y, m, d, h, i, s]) => `${c}${y}-${m}-${d}T${h}:${i}:${s}.000Z`)
    fc.assert(
      fc.property(text, written => {
        const date = new Date(written)
        const real = !Number.isNaN(date.getTime()) && date.toISOString() === written
        const expected = real ? timestampOfMs(date.getTime()) : undefined
        expect(parseTimestamp(written)).toBe(expected)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('microsOf and timestampOfMicros', () => {
  it.each([
    ['1970-01-01T00:00:00.000000Z', 0n],
    ['1969-12-31T23:59:59.999999Z', -1n],
    ['1970-01-01T00:00:00.001001Z', 1001n],
    ['0001-01-01T00:00:00.000000Z', firstMicros],
    ['9999-12-31T23:59:59.999999Z', lastMicros],
  ])('%s is %d', (text, expected) => {
    expect(microsOf(text)).toBe(expected)
    expect(timestampOfMicros(expected)).toBe(text)
  })

  it('are each other’s inverse and keep the order', () => {
    fc.assert(
      fc.property(micros, micros, (left, right) => {
        expect(microsOf(timestampOfMicros(left))).toBe(left)
        expect(timestampOfMicros(left) < timestampOfMicros(right)).toBe(left < right)
      }),
    )
  })

  it('refuse what they do not cover', () => {
    expect(() => microsOf('2001-01-10T18:20:00Z')).toThrow(RangeError)
    expect(() => timestampOfMicros(firstMicros - 1n)).toThrow(RangeError)
    expect(() => timestampOfMicros(lastMicros + 1n)).toThrow(RangeError)
  })
})

describe('timestampOfMs', () => {
  it('covers the years 0001 to 9999 and no more', () => {
    expect(timestampOfMs(0)).toBe('1970-01-01T00:00:00.000000Z')
    expect(timestampOfMs(-1)).toBe('1969-12-31T23:59:59.999000Z')
    expect(timestampOfMs(Number(lastMicros / 1000n))).toBe('9999-12-31T23:59:59.999000Z')
    expect(timestampOfMs(Number(firstMicros / 1000n))).toBe('0001-01-01T00:00:00.000000Z')
    expect(timestampOfMs(Number(lastMicros / 1000n) + 1)).toBeUndefined()
    expect(timestampOfMs(Number(firstMicros / 1000n) - 1)).toBeUndefined()
    expect(timestampOfMs(Number.NaN)).toBeUndefined()
  })
})

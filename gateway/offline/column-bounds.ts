import type { ParquetType, Statistics } from 'hyparquet'

/** Smallest and largest of a column's values, none of them null, as its metadata says them. */
export function boundsOf(
  type: ParquetType,
  values: readonly unknown[],
  nulls: number,
): Statistics & { nan_count?: bigint } {
  const isFloat = type === 'FLOAT' || type === 'DOUBLE'
  return {
    ...(type === 'BYTE_ARRAY' ? textBounds(values) : plainBounds(type, values)),
    null_count: BigInt(nulls),
    ...(isFloat ? { nan_count: 0n } : {}),
  }
}

type Bounds = Pick<Statistics, 'min_value' | 'max_value'>

function plainBounds(type: ParquetType, values: readonly unknown[]): Bounds {
  let min = values[0]
  let max = min
  for (const value of values) {
    if (!isScalar(value) || !isScalar(min) || !isScalar(max)) throw new TypeError('No such value.')
    if (value < min) min = value
    if (value > max) max = value
  }
  if (!isScalar(min) || !isScalar(max)) return {}
  if (type !== 'INT64') {
    // The format wants zero as -0 at the lower end and as +0 at the upper one.
    return { min_value: min === 0 ? -0 : min, max_value: max === 0 ? 0 : max }
  }
  return { min_value: BigInt(min), max_value: BigInt(max) }
}

function isScalar(value: unknown): value is number | bigint | boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
}

function textBounds(values: readonly unknown[]): Bounds {
  let min: string | undefined
  let max: string | undefined
  for (const value of values) {
    if (typeof value !== 'string') throw new TypeError('A stored text is no text.')
    if (min === undefined || comesBefore(value, min)) min = value
    if (max === undefined || comesBefore(max, value)) max = value
  }
  return min === undefined || max === undefined ? {} : { min_value: min, max_value: max }
}

/** The order of UTF-8 bytes, which is that of code points and not of the text's units. */
function comesBefore(left: string, right: string): boolean {
  const length = Math.min(left.length, right.length)
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at)
    const b = right.charCodeAt(at)
    if (a !== b) return rankOf(a) < rankOf(b)
  }
  return left.length < right.length
}

/** Surrogates stand for code points above all others. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit
}

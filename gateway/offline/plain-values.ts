import type { ParquetType } from 'hyparquet'
import type { Wide } from './flat-values.ts'

const encoder = new TextEncoder()
const twoTo32 = 4_294_967_296

/** Writes values, none of them null, one after the other as Parquet's PLAIN encoding does; throws on others. */
export function plainBytes(type: ParquetType, values: readonly unknown[]): Uint8Array {
  switch (type) {
    case 'BOOLEAN':
      return plainBooleans(values)
    case 'INT32':
      return fixed(values, 4, (view, at, value) => view.setInt32(at, int32Of(value), true))
    case 'INT64':
      return fixed(values, 8, (view, at, value) => setInt64(view, at, wideOf(value)))
    case 'FLOAT':
      return fixed(values, 4, (view, at, value) => view.setFloat32(at, numberOf(value), true))
    case 'DOUBLE':
      return fixed(values, 8, (view, at, value) => view.setFloat64(at, numberOf(value), true))
    case 'BYTE_ARRAY':
      return plainTexts(values)
    default:
      throw new TypeError(`No column of ours has the type ${type}.`)
  }
}

function fixed(
  values: readonly unknown[],
  width: number,
  set: (view: DataView, at: number, value: unknown) => void,
): Uint8Array {
  const bytes = new Uint8Array(values.length * width)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < values.length; at++) set(view, at * width, values[at])
  return bytes
}

function setInt64(view: DataView, at: number, value: Wide): void {
  if (typeof value === 'bigint') {
    view.setBigInt64(at, value, true)
    return
  }
  const high = Math.floor(value / twoTo32)
  view.setUint32(at, value - high * twoTo32, true)
  view.setInt32(at + 4, high, true)
}

function plainBooleans(values: readonly unknown[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8))
  for (let at = 0; at < values.length; at++) {
    const value = values[at]
    if (typeof value !== 'boolean') throw new TypeError('A stored bool is no bool.')
    if (value) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7))
  }
  return bytes
}

/** Each text's length in bytes, then its UTF-8. */
function plainTexts(values: readonly unknown[]): Uint8Array {
  let most = 0
  for (const value of values) most += 4 + 3 * textOf(value).length
  const bytes = new Uint8Array(most)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const value of values) {
    const text = textOf(value)
    const length = writeAscii(bytes, at + 4, text) ?? writeUtf8(bytes, at + 4, text)
    view.setUint32(at, length, true)
    at += 4 + length
  }
  return bytes.subarray(0, at)
}

/** Short texts of ASCII, which most are, need no encoder. */
function writeAscii(bytes: Uint8Array, start: number, text: string): number | undefined {
  const { length } = text
  if (length > 64) return undefined
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x80) return undefined
    bytes[start + at] = code
  }
  return length
}

function writeUtf8(bytes: Uint8Array, start: number, text: string): number {
  return encoder.encodeInto(text, bytes.subarray(start)).written
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  throw new TypeError('A stored text is no text.')
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  throw new TypeError('A stored number is no number.')
}

function int32Of(value: unknown): number {
  const number = numberOf(value)
  // `| 0` keeps the lowest 32 bits, so only what fits stays equal.
  if ((number | 0) === number) return number
  throw new RangeError('A stored int32 is none.')
}

function wideOf(value: unknown): Wide {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value
  throw new RangeError('A stored int64 is none.')
}

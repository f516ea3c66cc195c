import type { AnyField } from '../../shared/fields/field.ts'

/**
 * Matches one element of a request's array, `{"record":{…},"sequence":7}` with the comma or bracket after
 * it, whose record is written as the record schema would write it. It knows a part of what the schema
 * admits, never more: what it does not match is left to the schema.
 */
export interface ElementPattern {
  /** Sticky: matches at `lastIndex` alone. */
  readonly expression: RegExp
  /** Groups whose texts make up the canonical text; a missing one is three digits of microseconds, zero. */
  readonly parts: readonly number[]
  /** Groups of numbers whose spelling still has to be compared with the number's own. */
  readonly numbers: readonly { readonly group: number; readonly single: boolean }[]
  /** Groups of the fields asked for, as JSON. */
  readonly fields: ReadonlyMap<string, number>
  /** The event time's groups: up to the milliseconds, then three digits more or nothing. */
  readonly time: { readonly millis: number; readonly micros: number } | undefined
  readonly sequence: number
  readonly end: number
}

// No escapes: then a text's JSON is the text between quotes.
const text = '"[^"\\\\\\x00-\\x1f]*"'
/** Days that are in their month every year; 29 February is left to the schema. */
const day =
  '(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)'
const toMs = `(?!0000)\\d{4}-${day}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{3}`
/** Six digits and six decimals more: few enough that the nearest double is written the same. */
const shortDecimal = '(?:0|-?(?:0\\.\\d{0,5}[1-9]|[1-9]\\d{0,8}(?:\\.\\d{0,5}[1-9])?))'
const anyNumber = '-?\\d+(?:\\.\\d+)?(?:e[-+]\\d+)?'

const plain: { readonly [kind: string]: string } = {
  string: text,
  bool: '(?:true|false)',
  int32: '(?:0|-?[1-9]\\d{0,8})',
  int64: '(?:0|-?[1-9]\\d{0,14})',
}

/** Makes the pattern of a source's elements, or nothing for types and keys that it leaves to the schema. */
export function elementPattern(
  fields: readonly AnyField[],
  eventTimeField: string | undefined,
  wanted: ReadonlySet<string>,
): ElementPattern | undefined {
  let groups = 0
  const parts: number[] = []
  const numbers: { group: number; single: boolean }[] = []
  const places = new Map<string, number>()
  let time: ElementPattern['time']
  const openPart = () => {
    parts.push(++groups)
    return '('
  }

  let record = `${openPart()}\\{`
  for (const [at, { name, dtype, nullable }] of fields.entries()) {
    const { kind } = dtype
    record += `${at === 0 ? '' : ','}"${name}":`
    if (kind === 'timestamp') {
      if (wanted.has(name)) return undefined
      const millis = ++groups
      const micros = ++groups
      if (name === eventTimeField) time = { millis, micros }
      // Only where a time must be there can the pattern be cut at its microseconds.
      if (nullable) record += `(?:null|"(${toMs})(\\d{3})Z")`
      else {
        parts.push(micros)
        record += `"(${toMs}))(\\d{3})?${openPart()}Z"`
      }
      continue
    }
    let value = plain[kind]
    if (wanted.has(name)) places.set(name, ++groups)
    if (kind === 'float32' || kind === 'float64') {
      const single = kind === 'float32'
      numbers.push({ group: ++groups, single })
      value = `(?:${single ? '(?:0|-?[1-9]\\d{0,6})' : shortDecimal}|(${anyNumber}))`
    }
    if (value === undefined) return undefined
    const whole = nullable ? `(?:null|${value})` : value
    record += wanted.has(name) ? `(${whole})` : whole
  }
  const sequence = groups + 1
  const end = groups + 2
  const source = `\\{"record":${record}\\}),"sequence":(0|[1-9]\\d{0,14})\\}([,\\]])`
  return {
    expression: new RegExp(source, 'y'),
    parts,
    numbers,
    fields: places,
    time,
    sequence,
    end,
  }
}

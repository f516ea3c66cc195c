import { bool } from '../fields/bool-type.ts'
import { int64 } from '../fields/integer-types.ts'
import { string } from '../fields/string-type.ts'
import { isWellFormed } from '../fields/text.ts'
import { utf8Length } from '../utf8-length.ts'
import { maxKeyBytes, maxRecordBytes } from '../wire-limits.ts'
import { requireKind } from './kinds.ts'
import { binary, type Operator, type Operators, unary, type Value } from './operator.ts'
import { sqlText, sqlWhere } from './sql-pieces.ts'

const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const smalls = capitals.toLowerCase()
const blanks = ' \t\n\v\f\r'
const fitsSql = (text: string) => sqlWhere(text, `strlen(v) <= ${maxRecordBytes}`)

/** No text of a record is longer than a record may be; what would be is null. */
function bounded(text: string): string | null {
  return text.length * 3 <= maxRecordBytes || utf8Length(text) <= maxRecordBytes ? text : null
}

function ofText(
  of: (text: string) => Value,
  sql: (text: string) => string,
  type: Operator['type'] = () => string,
): Operator {
  return {
    arity: [1, 1],
    type: (types, node) => requireKind(types, 'string') ?? type(types, node),
    compute: ([arg]) => unary(arg, value => (typeof value === 'string' ? of(value) : null)),
    sql: ([arg = '']) => sql(arg),
  }
}

function search(name: string, of: (text: string, part: string) => boolean): Operator {
  return {
    arity: [2, 2],
    type: types => requireKind(types, 'string') ?? bool,
    compute: args =>
      binary(args, (text, part) =>
        typeof text === 'string' && typeof part === 'string' ? of(text, part) : null,
      ),
    // DuckDB has functions of these names for lists too, and a null alone says no type.
    sql: args => `${name}(${args.map(arg => `CAST(${arg} AS VARCHAR)`).join(', ')})`,
  }
}

/** Only A to Z and a to z: beyond ASCII, two libraries rarely agree on case. */
function mapLetters(from: string, to: string): Operator {
  const letters = new RegExp(`[${from}]+`, 'g')
  const change = (run: string) => (from === capitals ? run.toLowerCase() : run.toUpperCase())
  return ofText(
    text => text.replace(letters, change),
    text => `translate(${text}, '${from}', '${to}')`,
  )
}

function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && blanks.includes(text.charAt(start))) start++
  while (end > start && blanks.includes(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

/** The unit at which a text's code point of this number begins. */
function unitOf(text: string, codePoints: number, from = 0): number {
  let at = from
  for (let left = codePoints; left > 0 && at < text.length; left--) {
    at += text.charCodeAt(at) >> 10 === 0x36 ? 2 : 1
  }
  return at
}

function lengthOf(text: string): number {
  let length = 0
  for (let at = 0; at < text.length; at = unitOf(text, 1, at)) length++
  return length
}

function replaceAll(text: string, from: string, to: string): string | null {
  const pieces = text.split(from)
  // Counted before it is made: each piece may bring a long text along.
  const bytes = utf8Length(text) + (pieces.length - 1) * (utf8Length(to) - utf8Length(from))
  return bytes <= maxRecordBytes ? pieces.join(to) : null
}

const places = (value: unknown) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= maxRecordBytes
    ? undefined
    : `a whole number from 0 to ${maxRecordBytes}`

const shortText = (least: number) => (value: unknown) =>
  typeof value === 'string' &&
  value.length >= least &&
  isWellFormed(value) &&
  utf8Length(value) <= maxKeyBytes
    ? undefined
    : `a text of ${least} to ${maxKeyBytes} bytes`

export const textOperators = {
  lower: mapLetters(capitals, smalls),
  upper: mapLetters(smalls, capitals),
  trim: ofText(trim, text => `trim(${text}, ${sqlText(blanks)})`),
  length: ofText(
    text => BigInt(lengthOf(text)),
    text => `CAST(length(${text}) AS BIGINT)`,
    () => int64,
  ),
  concat: {
    arity: [1, 256],
    type: types => requireKind(types, 'string') ?? string,
    compute: args => record => {
      let text = ''
      for (const arg of args) {
        const piece = arg(record)
        if (typeof piece !== 'string') return null
        text += piece
        // Whatever follows, and many long ones may.
        if (text.length > maxRecordBytes) return null
      }
      return bounded(text)
    },
    sql: args => fitsSql(args.join(' || ')),
  },
  startsWith: search('starts_with', (text, part) => text.startsWith(part)),
  endsWith: search('ends_with', (text, part) => text.endsWith(part)),
  contains: search('contains', (text, part) => text.includes(part)),
  substring: {
    arity: [1, 1],
    parameters: { start: places, length: places },
    type: types => requireKind(types, 'string') ?? string,
    compute: ([arg], _, { start, length }) =>
      unary(arg, text => {
        if (typeof text !== 'string') return null
        const from = unitOf(text, Number(start))
        return text.slice(from, unitOf(text, Number(length), from))
      }),
    sql: ([arg], _, { start, length }) => `substring(${arg}, ${Number(start) + 1}, ${length})`,
  },
  replace: {
    arity: [1, 1],
    parameters: { from: shortText(1), to: shortText(0) },
    type: types => requireKind(types, 'string') ?? string,
    compute: ([arg], _, { from, to }) =>
      unary(arg, text =>
        typeof text === 'string' ? replaceAll(text, String(from), String(to)) : null,
      ),
    sql: ([arg], _, { from, to }) =>
      fitsSql(`replace(${arg}, ${sqlText(String(from))}, ${sqlText(String(to))})`),
  },
} satisfies Operators

import { durationMs, readDuration } from '../definitions/duration.ts'
import { int64 } from '../fields/integer-types.ts'
import { timestamp } from '../fields/timestamp-type.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { microsOf, timestampOfMicros } from '../timestamp.ts'
import { isInteger, kindsOf, requireKind } from './kinds.ts'
import { type Operator, type Operators, oneOf, unary, type Value } from './operator.ts'
import { sqlTryCast, sqlWhere } from './sql-pieces.ts'

/** Microseconds of the years 0001 to 9999; the first of them is a Monday, and the start of every unit. */
const firstUs = -62_135_596_800_000_000n
const lastUs = 253_402_300_799_999_999n
const dayUs = 86_400_000_000n

/** Writes microseconds where they are a timestamp, else null. */
export function timeOf(micros: bigint): string | null {
  return micros >= firstUs && micros <= lastUs ? timestampOfMicros(micros) : null
}

export function sqlTime(micros: string): string {
  return sqlWhere(micros, `v BETWEEN ${firstUs} AND ${lastUs}`)
}

const unitUs: { readonly [unit: string]: bigint } = {
  microseconds: 1n,
  milliseconds: 1_000n,
  seconds: 1_000_000n,
}
/** Where a unit's rest begins in a canonical text, and what it then is. */
const rests: { readonly [unit: string]: readonly [at: number, rest: string] } = {
  second: [20, '000000Z'],
  minute: [17, '00.000000Z'],
  hour: [14, '00:00.000000Z'],
  day: [11, '00:00:00.000000Z'],
  month: [8, '01T00:00:00.000000Z'],
  year: [5, '01-01T00:00:00.000000Z'],
}
const partsAt: { readonly [part: string]: readonly [at: number, end: number] } = {
  year: [0, 4],
  month: [5, 7],
  day: [8, 10],
  hour: [11, 13],
  minute: [14, 16],
  second: [17, 19],
}

export const truncateUnits = [...Object.keys(rests), 'week']
export const epochUnits = Object.keys(unitUs)
export const timeParts = [...Object.keys(partsAt), 'dayOfWeek']

function ofTime(
  parameters: NonNullable<Operator['parameters']>,
  type: typeof timestamp | typeof int64,
  of: (time: string, parameter: (name: string) => string) => Value,
  sql: (time: string, parameter: (name: string) => string) => string,
): Operator {
  return {
    arity: [1, 1],
    parameters,
    type: types => requireKind(types, 'timestamp') ?? type,
    compute: ([arg], _, node) =>
      unary(arg, time => (typeof time === 'string' ? of(time, name => String(node[name])) : null)),
    sql: ([arg = ''], _, node) => sql(arg, name => String(node[name])),
  }
}

function truncate(time: string, unit: string): string {
  if (unit === 'week') {
    const sinceMonday = (microsOf(time) - firstUs) % (7n * dayUs)
    return timestampOfMicros(microsOf(time) - sinceMonday)
  }
  const [at, rest] = rests[unit] ?? [0, '']
  return time.slice(0, at) + rest
}

function extract(time: string, part: string): bigint {
  if (part === 'dayOfWeek') return (((microsOf(time) - firstUs) / dayUs) % 7n) + 1n
  return BigInt(time.slice(...(partsAt[part] ?? [0, 0])))
}

const sqlParts: { readonly [part: string]: string } = { dayOfWeek: 'isodow' }

function checkShift(value: unknown): string | undefined {
  const what = "a duration such as '15m' or '-1h'"
  try {
    const duration = typeof value === 'string' ? value.replace(/^-/, '') : value
    return duration === undefined ? what : void readDuration('by', 'by', duration)
  } catch (cause) {
    if (cause instanceof ValidationError) return what
    throw cause
  }
}

function shiftUs(by: string): bigint {
  const duration = readDuration('shift', 'by', by.replace(/^-/, ''))
  const ms = duration === undefined ? 0 : durationMs(duration)
  return BigInt(by.startsWith('-') ? -ms : ms) * 1_000n
}

export const timeOperators = {
  truncate: ofTime(
    { unit: oneOf(truncateUnits) },
    timestamp,
    (time, parameter) => truncate(time, parameter('unit')),
    (time, parameter) =>
      `epoch_us(CAST(date_trunc('${parameter('unit')}', make_timestamp(${time})) AS TIMESTAMP))`,
  ),
  extract: ofTime(
    { part: oneOf(timeParts) },
    int64,
    (time, parameter) => extract(time, parameter('part')),
    (time, parameter) => {
      const part = parameter('part')
      return `CAST(${sqlParts[part] ?? part}(make_timestamp(${time})) AS BIGINT)`
    },
  ),
  shift: ofTime(
    { by: checkShift },
    timestamp,
    (time, parameter) => timeOf(microsOf(time) + shiftUs(parameter('by'))),
    (time, parameter) => sqlTime(`${time} + (${shiftUs(parameter('by'))})`),
  ),
  epoch: ofTime(
    { unit: oneOf(epochUnits) },
    int64,
    (time, parameter) => {
      const unit = unitUs[parameter('unit')] ?? 1n
      // Floored: the first moment is a whole number of each unit, and no time is before it.
      return (microsOf(time) - firstUs) / unit + firstUs / unit
    },
    (time, parameter) => {
      const unit = unitUs[parameter('unit')] ?? 1n
      return `((${time} - (${firstUs})) // ${unit} + (${firstUs / unit}))`
    },
  ),
  fromEpoch: {
    arity: [1, 1],
    parameters: { unit: oneOf(epochUnits) },
    type: types =>
      types.every(isInteger)
        ? timestamp
        : `it takes whole numbers but received ${kindsOf(types)}; cast them: cast(x, Int64)`,
    compute: ([arg], _, { unit }) =>
      unary(arg, count =>
        typeof count === 'bigint' ? timeOf(count * (unitUs[String(unit)] ?? 1n)) : null,
      ),
    sql: ([arg], _, { unit }) =>
      sqlTime(sqlTryCast(`CAST(${arg} AS HUGEINT) * ${unitUs[String(unit)]}`, 'BIGINT')),
  },
} satisfies Operators

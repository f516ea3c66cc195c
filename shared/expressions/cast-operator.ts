import type { AnyType } from '../fields/data-type.ts'
import { decodeType } from '../fields/encode-fields.ts'
import { parseTimestamp } from '../timestamp.ts'
import { isFloat, isInteger } from './kinds.ts'
import { finite, fitting, floatOf } from './number-operators.ts'
import { type Operator, oneOf, unary, type Value } from './operator.ts'
import { sqlFinite, sqlOf, sqlTryCast } from './sql-pieces.ts'
import { sqlTime } from './time-operators.ts'

export const scalarKinds = ['string', 'bool', 'int32', 'int64', 'float32', 'float64', 'timestamp']

// No two repeated pieces that follow each other may match the same digits: a long text would take quadratic time.
const wholeForm = /^[+-]?[0-9]+$/
const decimalForm = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const timeForm =
  '\\A[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?\\z'

const maxInt32 = 2_147_483_647n
/** Numbers from here on round to no finite single. */
const beyondFloat32 = '3.4028235677973366e38'
const maxFloat32 = '3.4028234663852886e38'

/** Why there is no cast between two types, nothing where there is one. */
function refusalOf(from: AnyType, to: string): string | undefined {
  const isNumber = isInteger(from) || isFloat(from)
  const fits =
    from.kind === to ||
    (isNumber && /^(?:int|float)/.test(to)) ||
    (from.kind === 'string' && scalarKinds.includes(to)) ||
    (to === 'string' && (isInteger(from) || from.kind === 'bool' || from.kind === 'timestamp')) ||
    (from.kind === 'bool' && /^int/.test(to))
  if (fits) return undefined
  if (from.kind === 'timestamp' || to === 'timestamp') {
    return `there is no cast from ${from.kind} to ${to}; epoch and fromEpoch join times and numbers`
  }
  if (to === 'string' && isFloat(from)) {
    return 'floats have many spellings, so there is no cast to string; cast to Int64 first, or keep the number'
  }
  return `there is no cast from ${from.kind} to ${to}`
}

const castInteger = (value: Value, to: string): Value => {
  let integer: bigint | null = null
  if (typeof value === 'bigint') integer = value
  else if (typeof value === 'boolean') integer = value ? 1n : 0n
  else if (typeof value === 'number') integer = BigInt(Math.trunc(value))
  else if (typeof value === 'string') integer = wholeOf(value)
  if (integer === null) return null
  if (to === 'int64') return fitting(integer)
  return integer >= -maxInt32 - 1n && integer <= maxInt32 ? integer : null
}

function wholeOf(text: string): bigint | null {
  if (!wholeForm.test(text)) return null
  const digits = text.replace(/^[+-]?0*/, '')
  // Longer ones are no int64, and reading them takes quadratic time.
  if (digits.length > 19) return null
  return text.startsWith('-') ? -BigInt(digits) : BigInt(digits)
}

const castFloat = (value: Value, to: string): Value => {
  const text = typeof value === 'string'
  const number = text ? (decimalForm.test(value) ? Number(value) : Number.NaN) : floatOf(value)
  if (number === null) return null
  return finite(to === 'float32' ? Math.fround(number) : number)
}

function cast(value: Value, to: string): Value {
  if (value === null) return null
  switch (to) {
    case 'int32':
    case 'int64':
      return castInteger(value, to)
    case 'float32':
    case 'float64':
      return castFloat(value, to)
    case 'bool':
      if (typeof value === 'boolean') return value
      return value === 'true' ? true : value === 'false' ? false : null
    case 'timestamp':
      return typeof value === 'string' ? (parseTimestamp(value) ?? null) : null
    default:
      return typeof value === 'object' ? null : String(value)
  }
}

function sqlCast(arg: string, from: AnyType, to: string): string {
  const isText = from.kind === 'string'
  switch (to) {
    case from.kind:
      return arg
    case 'int32':
    case 'int64': {
      const whole = isText
        ? `regexp_extract(${arg}, '\\A[+-]?[0-9]+\\z')`
        : isFloat(from)
          ? `trunc(${arg})`
          : arg
      return sqlTryCast(whole, to === 'int32' ? 'INTEGER' : 'BIGINT')
    }
    case 'float32':
    case 'float64': {
      const double = isText
        ? sqlFinite(
            sqlTryCast(
              `regexp_extract(${arg}, '\\A${decimalForm.source.slice(1, -1)}\\z')`,
              'DOUBLE',
            ),
          )
        : `CAST(${arg} AS DOUBLE)`
      if (to === 'float64') return double
      const single = `CAST(greatest(-${maxFloat32}::DOUBLE, least(${maxFloat32}::DOUBLE, v)) AS FLOAT)`
      return sqlOf(double, `CASE WHEN abs(v) < ${beyondFloat32}::DOUBLE THEN ${single} END`)
    }
    case 'bool':
      return sqlTryCast(`regexp_extract(${arg}, '\\A(?:true|false)\\z')`, 'BOOLEAN')
    case 'timestamp': {
      // DuckDB wants seconds. What has no zone is UTC; what is finer than a microsecond is floored.
      const form = `regexp_extract(${arg}, '${timeForm}')`
      const whole = `regexp_replace(${form}, '(T[0-9]{2}:[0-9]{2})([Z+-].*)?\\z', '\\1:00\\2')`
      const zoned = `regexp_replace(${whole}, '(T[0-9:.]+)\\z', '\\1Z')`
      const micros = `regexp_replace(${zoned}, '(\\.[0-9]{6})[0-9]*', '\\1')`
      return sqlTime(sqlOf(micros, 'epoch_us(TRY_CAST(v AS TIMESTAMPTZ))'))
    }
    default:
      return from.kind === 'timestamp'
        ? `strftime(make_timestamp(${arg}), '%Y-%m-%dT%H:%M:%S.%fZ')`
        : `CAST(${arg} AS VARCHAR)`
  }
}

/** To another scalar type. What cannot be one there is null; whole numbers of floats are cut, not rounded. */
export const castOperator: Operator = {
  arity: [1, 1],
  parameters: { to: oneOf(scalarKinds) },
  type: ([from], { to }) =>
    from === undefined ? 'it has no value' : (refusalOf(from, String(to)) ?? decodeType(to)),
  compute: ([arg], [from], { to }) =>
    from?.kind === to && arg !== undefined ? arg : unary(arg, value => cast(value, String(to))),
  sql: ([arg = ''], [from], { to }) => (from === undefined ? arg : sqlCast(arg, from, String(to))),
}

import type { AnyType } from '../fields/data-type.ts'
import { float64 } from '../fields/float-types.ts'
import { int64 } from '../fields/integer-types.ts'
import { commonNumber, isFloat, isInteger, kindsOf } from './kinds.ts'
import { binary, type Operator, type Operators, unary, type Value } from './operator.ts'
import { sqlFinite, sqlTryCast } from './sql-pieces.ts'

/** Gives an integer that 64 bits hold, else null. */
export function fitting(integer: bigint): bigint | null {
  return BigInt.asIntN(64, integer) === integer ? integer : null
}

/** Gives a finite number, never -0, else null. */
export function finite(number: number): number | null {
  return Number.isFinite(number) ? number + 0 : null
}

/** A value of any number type as a float. */
export function floatOf(value: Value): number | null {
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'number' ? value : null
}

type OfIntegers = (left: bigint, right: bigint) => bigint | null
type OfFloats = (left: number, right: number) => number

/** Exact on integers, null beyond 64 bits; IEEE 754 on floats, null where that gives no finite number. */
function arithmetic(sign: string, ofIntegers: OfIntegers, ofFloats: OfFloats): Operator {
  return {
    arity: [2, 2],
    type: types => commonNumber(types),
    compute: (args, types) =>
      types.every(isInteger)
        ? binary(args, integers(ofIntegers))
        : binary(args, (left, right) => {
            const [a, b] = [floatOf(left), floatOf(right)]
            return a === null || b === null ? null : finite(ofFloats(a, b))
          }),
    sql: (args, types) =>
      types.every(isInteger)
        ? sqlIntegers(sign, args)
        : sqlFinite(args.map(arg => `CAST(${arg} AS DOUBLE)`).join(` ${sign} `)),
  }
}

function integers(of: OfIntegers) {
  return (left: Value, right: Value): Value => {
    if (typeof left !== 'bigint' || typeof right !== 'bigint') return null
    const integer = of(left, right)
    return integer === null ? null : fitting(integer)
  }
}

/** In 128 bits, which hold whatever two integers of 64 give. */
function sqlIntegers(sign: string, args: readonly string[]): string {
  return sqlTryCast(args.map(arg => `CAST(${arg} AS HUGEINT)`).join(` ${sign} `), 'BIGINT')
}

/** Of whole numbers alone: what divides them says what becomes of the rest. */
function wholeDivision(sign: string, of: OfIntegers): Operator {
  return {
    arity: [2, 2],
    type: types =>
      types.every(isInteger)
        ? int64
        : `it takes whole numbers but received ${kindsOf(types)}; use divide for floats`,
    compute: args =>
      binary(
        args,
        integers((left, right) => (right === 0n ? null : of(left, right))),
      ),
    sql: args => sqlIntegers(sign, args),
  }
}

function ofOne(
  ofInteger: (value: bigint) => bigint,
  ofFloat: (value: number) => number,
  sqlInteger: (value: string) => string,
  sqlFloat: (value: string) => string,
): Operator {
  return {
    arity: [1, 1],
    type: types => commonNumber(types),
    compute: ([arg]) =>
      unary(arg, value => {
        if (typeof value === 'bigint') return fitting(ofInteger(value))
        return typeof value === 'number' ? finite(ofFloat(value)) : null
      }),
    sql: ([arg = ''], [type]) =>
      type !== undefined && isInteger(type)
        ? sqlTryCast(sqlInteger(`CAST(${arg} AS HUGEINT)`), 'BIGINT')
        : sqlFloat(`CAST(${arg} AS DOUBLE)`),
  }
}

/** To a whole float. */
function rounding(name: string, of: (value: number) => number): Operator {
  return {
    arity: [1, 1],
    type: ([type]) =>
      type !== undefined && isFloat(type)
        ? float64
        : `it takes floats but received ${kindsOf(type === undefined ? [] : [type])}`,
    compute: ([arg]) => unary(arg, value => (typeof value === 'number' ? finite(of(value)) : null)),
    sql: ([arg]) => `${name}(CAST(${arg} AS DOUBLE))`,
  }
}

/** Half away from zero. Adding a half first would itself round. */
function round(value: number): number {
  const whole = Math.trunc(value)
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole
}

const divided: (types: readonly AnyType[]) => AnyType | string = types =>
  types.every(isInteger)
    ? 'it takes floats; use quotient for whole numbers, or cast them: cast(x, Float64)'
    : commonNumber(types)

export const numberOperators = {
  add: arithmetic(
    '+',
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  subtract: arithmetic(
    '-',
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  multiply: arithmetic(
    '*',
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  divide: {
    ...arithmetic(
      '/',
      () => null,
      (a, b) => a / b,
    ),
    type: divided,
  },
  quotient: wholeDivision('//', (a, b) => a / b),
  modulo: wholeDivision('%', (a, b) => a % b),
  negate: ofOne(
    value => -value,
    value => -value,
    value => `(0 - ${value})`,
    value => `(0 - ${value})`,
  ),
  abs: ofOne(
    value => (value < 0n ? -value : value),
    Math.abs,
    value => `abs(${value})`,
    value => `abs(${value})`,
  ),
  round: rounding('round', round),
  floor: rounding('floor', Math.floor),
  ceil: rounding('ceil', Math.ceil),
} satisfies Operators

import { compareText } from '../compare-text.ts'
import { bool } from '../fields/bool-type.ts'
import type { AnyType } from '../fields/data-type.ts'
import { encodeType } from '../fields/encode-fields.ts'
import { areAll, commonNumber, isFloat, isInteger, kindsOf, requireKind } from './kinds.ts'
import { floatOf } from './number-operators.ts'
import {
  binary,
  type Compute,
  type Operator,
  type Operators,
  unary,
  type Value,
} from './operator.ts'

const maxArguments = 256

function compare(left: Value, right: Value): number | null {
  if (left === null || right === null) return null
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right)
  return left < right ? -1 : left > right ? 1 : 0
}

function comparable(types: readonly AnyType[], ordered: boolean): string | undefined {
  if (areAll(types, 'string') || areAll(types, 'timestamp')) return undefined
  if (!ordered && areAll(types, 'bool')) return undefined
  if (types.every(type => isInteger(type) || isFloat(type))) {
    const common = commonNumber(types)
    return typeof common === 'string' ? common : undefined
  }
  return `${kindsOf(types)} cannot be compared; cast one of them to the other's type`
}

function comparison(sign: string, ordered: boolean, holds: (order: number) => boolean): Operator {
  return {
    arity: [2, 2],
    type: types => comparable(types, ordered) ?? bool,
    compute: (args, types) => {
      const asFloats = types.some(isFloat)
      return binary(args, (left, right) => {
        const order = asFloats ? compare(floatOf(left), floatOf(right)) : compare(left, right)
        return order === null ? null : holds(order)
      })
    },
    sql: (args, types) => {
      const sides = types.some(isFloat) ? args.map(arg => `CAST(${arg} AS DOUBLE)`) : args
      return `(${sides.join(` ${sign} `)})`
    },
  }
}

/** SQL's logic of three values: what decides alone decides, whatever else is null. */
function connective(sign: string, deciding: boolean): Operator {
  return {
    arity: [1, maxArguments],
    type: types => requireKind(types, 'bool') ?? bool,
    compute: args => record => {
      let value: Value = !deciding
      for (const arg of args) {
        const one = arg(record)
        if (one === deciding) return deciding
        if (one === null) value = null
      }
      return value
    },
    sql: args => `(${args.join(` ${sign} `)})`,
  }
}

function sameType(types: readonly AnyType[]): AnyType | string {
  const [first, ...others] = types
  if (first === undefined) return 'it has no value'
  const text = JSON.stringify(encodeType(first))
  if (others.every(type => JSON.stringify(encodeType(type)) === text)) return first
  return `its values are ${kindsOf(types)}; cast them to one type`
}

const firstOf =
  (args: readonly Compute[]): Compute =>
  record => {
    for (const arg of args) {
      const value = arg(record)
      if (value !== null) return value
    }
    return null
  }

export const logicOperators = {
  eq: comparison('=', false, order => order === 0),
  ne: comparison('<>', false, order => order !== 0),
  lt: comparison('<', true, order => order < 0),
  le: comparison('<=', true, order => order <= 0),
  gt: comparison('>', true, order => order > 0),
  ge: comparison('>=', true, order => order >= 0),
  and: connective('AND', false),
  or: connective('OR', true),
  not: {
    arity: [1, 1],
    type: types => requireKind(types, 'bool') ?? bool,
    compute: ([arg]) => unary(arg, value => (typeof value === 'boolean' ? !value : null)),
    sql: ([arg]) => `(NOT ${arg})`,
  },
  isNull: {
    arity: [1, 1],
    type: () => bool,
    nullable: () => false,
    compute: ([arg]) => unary(arg, value => value === null),
    sql: ([arg]) => `(${arg} IS NULL)`,
  },
  coalesce: {
    arity: [1, maxArguments],
    type: sameType,
    nullable: nullable => nullable.every(Boolean),
    compute: firstOf,
    sql: args => `coalesce(${args.join(', ')})`,
  },
  when: {
    arity: [3, 3],
    type: ([condition, ...values]) =>
      condition?.kind === 'bool'
        ? sameType(values)
        : `its condition is a bool but received ${condition?.kind}`,
    nullable: ([, ...values]) => values.some(Boolean),
    compute:
      ([condition, then, otherwise]) =>
      record =>
        (condition?.(record) === true ? then : otherwise)?.(record) ?? null,
    sql: ([condition, then, otherwise]) =>
      `CASE WHEN ${condition} THEN ${then} ELSE ${otherwise} END`,
  },
} satisfies Operators

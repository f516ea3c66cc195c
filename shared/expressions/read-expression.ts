import { requireOptions } from '../fields/options.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { shorten } from '../fields/text.ts'
import { ValidationError } from '../fields/validation-error.ts'
import type { Expression, ExpressionNode } from './expression.ts'
import { columnParameters } from './leaf-operators.ts'
import type { Operator } from './operator.ts'
import { operatorOf } from './operators.ts'

export const maxExpressionDepth = 32
/** Nodes of all the expressions that are read together. */
export const maxExpressionNodes = 2_000

/** Nodes that may still be read. */
export interface NodeRoom {
  nodes: number
}

const column: Pick<Operator, 'arity' | 'parameters'> = {
  arity: [0, 0],
  parameters: columnParameters,
}

/**
 * Makes an expression of anything that has its shape, frozen and anew: known operators, their parameters and
 * number of arguments, at most 32 deep and 2,000 nodes. Types need the fields and are not looked at.
 */
export function readExpression(
  value: unknown,
  where = 'Expression',
  room: NodeRoom = { nodes: maxExpressionNodes },
): Expression {
  return readNode(value, where, 1, room)
}

function readNode(value: unknown, where: string, depth: number, room: NodeRoom): ExpressionNode {
  if (depth > maxExpressionDepth) {
    throw new ValidationError(
      `${where}: An expression nests at most ${maxExpressionDepth} deep; concat, and, or and coalesce take many arguments at once.`,
    )
  }
  if (--room.nodes < 0) {
    throw new ValidationError(
      `${where}: More than ${maxExpressionNodes} nodes; a part that is used twice counts twice.`,
    )
  }
  const op = isPlainObject(value) ? value.op : undefined
  if (typeof op !== 'string' || !isPlainObject(value)) {
    throw new ValidationError(
      `${where}: Expected an expression of 'tidegate/expressions' but received ${describe(value)}; constants are lit(value, type).`,
    )
  }
  const operator = op === 'column' ? column : operatorOf(op)
  if (operator === undefined) {
    throw new ValidationError(
      `${where}: There is no operator "${shorten(op, 64)}" in this version; upgrade it, or write the expression otherwise.`,
    )
  }
  const inOp = `${where}, in ${op}`
  const { parameters = {}, arity } = operator
  const node = requireOptions(inOp, value, ['op', 'args', ...Object.keys(parameters)])
  const args = readArguments(inOp, node.args ?? [], arity, depth, room)
  return Object.freeze({
    op,
    ...readParameters(inOp, node, parameters),
    ...(args.length === 0 ? {} : { args }),
  })
}

function readArguments(
  where: string,
  value: unknown,
  [least, most]: Operator['arity'],
  depth: number,
  room: NodeRoom,
): readonly ExpressionNode[] {
  const count = Array.isArray(value) ? value.length : -1
  if (!Array.isArray(value) || count < least || count > most) {
    const wanted = least === most ? String(least) : `${least} to ${most}`
    throw new ValidationError(
      `${where}: It takes ${wanted} arguments but received ${count < 0 ? describe(value) : count}.`,
    )
  }
  return Object.freeze(
    Array.from<unknown, ExpressionNode>(value, arg => readNode(arg, where, depth + 1, room)),
  )
}

type Parameter = string | number | boolean | null

function readParameters(
  where: string,
  node: { readonly [name: string]: unknown },
  parameters: NonNullable<Operator['parameters']>,
): { readonly [name: string]: Parameter } {
  const read: { [name: string]: Parameter } = {}
  for (const [name, check] of Object.entries(parameters)) {
    const value = node[name]
    const wanted = check(value)
    if (wanted === undefined && isParameter(value)) read[name] = value
    else {
      throw new ValidationError(
        `${where}: ${name} is ${wanted ?? 'a constant'} but received ${describe(value)}.`,
      )
    }
  }
  return read
}

function isParameter(value: unknown): value is Parameter {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

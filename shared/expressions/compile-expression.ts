import type { AnyType } from '../fields/data-type.ts'
import type { AnyField } from '../fields/field.ts'
import { ValidationError } from '../fields/validation-error.ts'
import type { Expression, ExpressionNode } from './expression.ts'
import { computeColumn, fieldOf, sqlColumn } from './leaf-operators.ts'
import type { Compute } from './operator.ts'
import { operatorOf } from './operators.ts'
import { readExpression } from './read-expression.ts'

/** A tree whose types fit: what it gives, and how, in both languages. */
export interface TypedNode {
  readonly dtype: AnyType
  /** Whether a record that fits the fields gives null because something that it is computed of is null. */
  readonly nullable: boolean
  readonly compute: Compute
  /** Written when it is asked for: whoever only computes needs none of it. */
  sql(): string
}

/**
 * Checks a tree against the fields of its records, and compiles it: closures, made once. Throws a
 * ValidationError that says what is wrong, where and how to mend it.
 */
export function compileExpression(
  expression: Expression,
  fields: readonly AnyField[],
  where = 'Expression',
): TypedNode {
  return compileNode(readExpression(expression, where), fields, where)
}

/** Gives an expression's type and whether it may be null; throws a ValidationError where its types do not fit. */
export function typeOf(
  expression: Expression,
  fields: readonly AnyField[],
): Pick<TypedNode, 'dtype' | 'nullable'> {
  const { dtype, nullable } = compileExpression(expression, fields)
  return { dtype, nullable }
}

/** For trees that were read already. */
export function compileNode(
  node: ExpressionNode,
  fields: readonly AnyField[],
  where: string,
): TypedNode {
  if (node.op === 'column') return compileColumn(node, fields, where)
  const args = (node.args ?? []).map(arg => compileNode(arg, fields, where))
  const types = args.map(({ dtype }) => dtype)
  const nullable = args.map(arg => arg.nullable)
  const operator = operatorOf(node.op)
  const dtype = operator?.type(types, node) ?? 'there is no such operator'
  if (operator === undefined || typeof dtype === 'string') {
    throw new ValidationError(`${where}, in ${node.op}: ${String(dtype)}.`)
  }
  return {
    dtype,
    nullable: operator.nullable?.(nullable, types, node) ?? nullable.some(Boolean),
    compute: operator.compute(
      args.map(arg => arg.compute),
      types,
      node,
    ),
    sql: () =>
      operator.sql(
        args.map(arg => arg.sql()),
        types,
        node,
      ),
  }
}

function compileColumn(
  node: ExpressionNode,
  fields: readonly AnyField[],
  where: string,
): TypedNode {
  const field = fieldOf(fields, node)
  if (field === undefined) {
    throw new ValidationError(
      `${where}: There is no column "${node.name}"; the columns are ${fields.map(({ name }) => name).join(', ')}.`,
    )
  }
  const { dtype, nullable } = field
  return { dtype, nullable, compute: computeColumn(field), sql: () => sqlColumn(field) }
}

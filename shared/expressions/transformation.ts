import type { BoolType } from '../fields/bool-type.ts'
import type { AnyField } from '../fields/field.ts'
import { requireName, requireUnique } from '../fields/names.ts'
import { requireOptions } from '../fields/options.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { maxFieldsPerSchema } from '../wire-limits.ts'
import { col, operand } from './columns.ts'
import { compileNode } from './compile-expression.ts'
import type { Expression } from './expression.ts'
import type { Selection } from './post-processor.ts'
import { maxExpressionNodes, readExpression } from './read-expression.ts'
import { makeTranslator, type Translator } from './translator.ts'

/** What a feature view makes of its source's rows before it folds them: frozen plain data made by `transform`. */
export interface Transformation<Columns extends Selection = Selection> {
  readonly kind: 'transformation'
  readonly format: 1
  readonly filter?: Expression
  /** Columns that stand beside those of the source. */
  readonly columns: { readonly [column in keyof Columns]: Expression }
  /** Carried along, so that who declares no transformation need not load what compiles one. */
  readonly '~compile': (rows: readonly AnyField[], where: string) => CompiledTransformation
  /** Only for the compiler; never present. */
  readonly '~columns'?: Columns
}

export interface CompiledTransformation {
  /** The source's columns and the derived ones, which may always be null. */
  readonly fields: readonly AnyField[]
  /** Makes records of these columns; none of a row that the filter leaves out. */
  select(names: readonly string[]): Translator
}

/** A transformation as JSON. */
export interface EncodedTransformation {
  readonly format: 1
  readonly filter?: Expression
  readonly columns: { readonly [column: string]: Expression }
}

export interface TransformOptions<Columns extends Selection> {
  /** Keeps the rows for which it is true; all if absent. */
  readonly filter?: Expression<BoolType>
  /** Columns derived of the source's, by new names. */
  readonly columns?: Columns
}

/**
 * Declares a filter and derived columns of a feature view: the same online, in backfills and in training data.
 * Throws a ValidationError on what is no expression; whether it fits the source is checked by the view.
 */
export function transform<const Columns extends Selection = Record<never, never>>(
  options: TransformOptions<Columns>,
): Transformation<Columns> {
  const { columns } = options
  const operands = isPlainObject(columns)
    ? Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, operand(value)]))
    : columns
  // The columns come out as they went in, so their types still hold.
  return readTransformation({
    ...options,
    format: 1,
    columns: operands ?? {},
  }) as Transformation<Columns>
}

/** Makes a transformation of anything that has its shape, parsed JSON too, by every rule but those on types. */
export function readTransformation(value: unknown): Transformation {
  const where = 'Transformation'
  const options = requireOptions(where, value, ['format', 'filter', 'columns'])
  if (options.format !== 1) {
    throw new ValidationError(
      `${where}: Its format is 1 but received ${describe(options.format)}; a newer version made it.`,
    )
  }
  const { columns, filter } = options
  const names = isPlainObject(columns) ? Object.keys(columns) : []
  if (!isPlainObject(columns) || names.length > maxFieldsPerSchema) {
    throw new ValidationError(
      `${where}: columns is an object of at most ${maxFieldsPerSchema} expressions by name, such as { total: add(c.amt, c.tax) }.`,
    )
  }
  if (filter === undefined && names.length === 0) {
    throw new ValidationError(`${where}: It has neither a filter nor a column; leave it out.`)
  }
  const room = { nodes: maxExpressionNodes }
  const kept =
    filter === undefined ? {} : { filter: readExpression(filter, `${where}, filter`, room) }
  const derived = Object.fromEntries(
    Object.entries(columns).map(([name, expression]) => [
      requireName(where, name),
      readExpression(expression, `${where}, columns.${name}`, room),
    ]),
  )
  return Object.freeze<Transformation>({
    kind: 'transformation',
    format: 1,
    ...kept,
    columns: Object.freeze(derived),
    '~compile': (rows, view) => compile(kept.filter, derived, rows, `${view}, ${where}`),
  })
}

/** Gives a transformation as plain JSON, from which {@link readTransformation} makes the same again. */
export function encodeTransformation({
  format,
  filter,
  columns,
}: Transformation): EncodedTransformation {
  return { format, ...(filter === undefined ? {} : { filter }), columns }
}

function compile(
  filter: Expression | undefined,
  derived: { readonly [name: string]: Expression },
  rows: readonly AnyField[],
  where: string,
): CompiledTransformation {
  const added = Object.entries(derived).map(([name, expression]): AnyField => {
    const { dtype } = compileNode(expression, rows, `${where}, columns.${name}`)
    return { name, dtype, nullable: true }
  })
  const fields = [...rows, ...added]
  requireUnique(
    where,
    fields.map(({ name }) => name),
  )
  const select: CompiledTransformation['select'] = names => {
    const wanted = fields.filter(({ name }) => names.includes(name))
    const columns = Object.fromEntries(
      wanted.map(field => [
        field.name,
        // A column may be called as what every object inherits, such as constructor.
        (Object.hasOwn(derived, field.name) ? derived[field.name] : undefined) ?? col(field),
      ]),
    )
    const parts = { ...(filter === undefined ? {} : { filter }), select: columns }
    return makeTranslator(parts, rows, wanted, where)
  }
  // Refuses a filter that is none.
  select([])
  return { fields, select }
}

import { resultTypeOf } from '../aggregates/result-type.ts'
import type { AnyType } from '../fields/data-type.ts'
import { encodeType } from '../fields/encode-fields.ts'
import type { AnyField } from '../fields/field.ts'
import { requireName, requireUnique } from '../fields/names.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { type AggregateDefinition, defaultName, readAggregate } from './aggregate.ts'
import { type AttributeDefinition, readAttribute } from './attribute.ts'

/** An aggregate as a view holds it: with its name. */
export interface NamedAggregate extends AggregateDefinition {
  readonly name: string
}

/** A view's features: newest values of columns, or aggregates of them. */
export type ViewFeatures = readonly AttributeDefinition[] | readonly NamedAggregate[]

/** What a message calls the columns of a view: those of its source, and those that it derives. */
export interface ViewColumns {
  readonly fields: readonly AnyField[]
  readonly owner: string
}

/** Gives a view's features, each of a column of the declared type; all of one kind. */
export function readFeatures(
  where: string,
  columns: ViewColumns,
  values: readonly unknown[],
  intervalMs: number | undefined,
): ViewFeatures {
  const kinds = new Set(values.map(value => (isPlainObject(value) ? value.kind : value)))
  for (const kind of kinds) {
    if (kind === 'attribute' || kind === 'aggregate') continue
    throw new ValidationError(
      `${where}: features holds ${describe(kind)}, which is no Attribute and no Aggregate.`,
    )
  }
  if (kinds.size > 1) {
    throw new ValidationError(
      `${where}: features are all Attributes or all Aggregates; declare a view for each.`,
    )
  }
  const features = kinds.has('aggregate')
    ? values.map((value, at) => readNamed(where, columns, value, at, intervalMs))
    : values.map(value => {
        const attribute = readAttribute(withoutKind(value))
        requireColumn(where, columns, attribute.name, attribute.dtype)
        return attribute
      })
  requireUnique(
    `${where}, features`,
    features.map(({ name }) => name),
  )
  return Object.freeze(features) as ViewFeatures
}

function readNamed(
  where: string,
  columns: ViewColumns,
  value: unknown,
  at: number,
  intervalMs: number | undefined,
): NamedAggregate {
  const aggregate = readAggregate(withoutKind(value), `${where}, features[${at}], `)
  const { inputColumn, function: fn } = aggregate
  const name = aggregate.name ?? defaultName(aggregate, intervalMs)
  requireName(`${where}, a default name that needs to be given`, name)
  const named = `${where}, feature "${name}"`
  requireColumn(named, columns, inputColumn.name, inputColumn.dtype)
  if (resultTypeOf(fn, inputColumn.dtype) === undefined) {
    throw new ValidationError(
      `${named}: ${fn.name} has no meaning for the ${inputColumn.dtype.kind} column "${inputColumn.name}".`,
    )
  }
  return Object.freeze({ ...aggregate, name })
}

/** Makers of features tell their kind, which their readers do not ask for. */
function withoutKind(value: unknown): unknown {
  if (!isPlainObject(value)) return value
  const { kind: _, ...options } = value
  return options
}

/** Gives a column by name if it is of a type. */
export function requireColumn(
  where: string,
  { fields, owner }: ViewColumns,
  name: string,
  dtype: AnyType,
): AnyField {
  const column = fields.find(field => field.name === name)
  if (column === undefined) {
    throw new ValidationError(`${where}: There is no column "${name}" in ${owner}.`)
  }
  const [declared, received] = [column.dtype, dtype].map(type => JSON.stringify(encodeType(type)))
  if (declared === received) return column
  throw new ValidationError(
    `${where}: The column "${name}" of ${owner} is ${column.dtype.kind}, but here it is declared as another type, ${dtype.kind}.`,
  )
}

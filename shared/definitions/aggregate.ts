import type { AggregateFunction } from '../aggregates/aggregate-function.ts'
import type { AggregationWindow } from '../aggregates/aggregation-window.ts'
import type { AnyType } from '../fields/data-type.ts'
import type { FieldDefinition } from '../fields/field.ts'
import { requireName } from '../fields/names.ts'
import { requireOptions, textOption } from '../fields/options.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { readType } from '../fields/read-fields.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { type FunctionOption, readFunction } from './aggregation-functions.ts'
import { readTexts, whereOf } from './common.ts'
import { durationText } from './duration.ts'
import { readWindow, type WindowOption, windowText } from './time-windows.ts'

export interface AggregateOptions<Column extends string, Type extends AnyType> {
  /** `<column>_<function>_<window>_<interval>` if absent, such as `amt_sum_1h_continuous`. */
  readonly name?: string
  /** The column whose values are aggregated; nulls are left out. */
  readonly inputColumn: FieldDefinition<Column, Type, boolean>
  readonly function: FunctionOption
  readonly timeWindow: WindowOption
  readonly description?: string
  readonly tags?: { readonly [tag: string]: string }
}

/** A feature computed of a column's values in a window of time: frozen plain data made by `Aggregate`. */
export interface AggregateDefinition<
  Column extends string = string,
  Type extends AnyType = AnyType,
> {
  readonly kind: 'aggregate'
  /** Always there in a view, which knows the interval that default names end with. */
  readonly name?: string
  readonly inputColumn: { readonly name: Column; readonly dtype: Type }
  readonly function: AggregateFunction
  readonly timeWindow: AggregationWindow
  readonly description?: string
  readonly tags: { readonly [tag: string]: string }
}

/** Declares as a feature what a function gives of a column's values in a window of time. */
export function Aggregate<const Column extends string, Type extends AnyType>(
  options: AggregateOptions<Column, Type>,
): AggregateDefinition<Column, Type> {
  // The column comes out as it went in, so its literal types still hold.
  return readAggregate(options) as AggregateDefinition<Column, Type>
}

const known = ['name', 'inputColumn', 'function', 'timeWindow', 'description', 'tags']

/** Makes an aggregate of anything that has its shape, by every rule; `within` is said before it. */
export function readAggregate(value: unknown, within = ''): AggregateDefinition {
  const where = `${within}${whereOf('Aggregate', value)}`
  const options = requireOptions(where, value, known)
  const { inputColumn } = options
  if (!isPlainObject(inputColumn)) {
    throw new ValidationError(
      `${where}: inputColumn is a Field, such as Field('amt', Float64), but received ${describe(inputColumn)}.`,
    )
  }
  const description = textOption(where, options, 'description')
  return Object.freeze({
    kind: 'aggregate',
    ...(options.name === undefined ? {} : { name: requireName(where, options.name) }),
    inputColumn: Object.freeze({
      name: requireName(`${where}, inputColumn`, inputColumn.name),
      dtype: readType(`${where}, inputColumn`, inputColumn.dtype),
    }),
    function: readFunction(where, options.function),
    timeWindow: readWindow(where, options.timeWindow),
    ...(description === undefined ? {} : { description }),
    tags: readTexts(where, 'tags', 'a tag', options.tags),
  })
}

/** The name that an aggregate has where none was given; continuous without an interval. */
export function defaultName(
  { inputColumn, function: fn, timeWindow }: Omit<AggregateDefinition, 'name'>,
  intervalMs: number | undefined,
): string {
  const interval = intervalMs === undefined ? 'continuous' : durationText(intervalMs)
  return `${inputColumn.name}_${functionText(fn)}_${windowText(timeWindow)}_${interval}`
}

function functionText(fn: AggregateFunction): string {
  switch (fn.name) {
    case 'last_n':
      return `last_${fn.n}`
    case 'first_n':
      return `first_${fn.n}`
    case 'last_distinct':
    case 'first_distinct':
      return `${fn.name}_${fn.n}`
    case 'approx_percentile': {
      const percent = Number((fn.percentile * 100).toPrecision(12))
      return `${fn.name}_p${String(percent).replace('.', 'p').replace('-', 'm')}`
    }
    default:
      return fn.name
  }
}

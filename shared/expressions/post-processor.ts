import type { BoolType } from '../fields/bool-type.ts'
import type { AnyType } from '../fields/data-type.ts'
import type { AnyField } from '../fields/field.ts'
import { requireName } from '../fields/names.ts'
import { requireOptions } from '../fields/options.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { maxFieldsPerSchema } from '../wire-limits.ts'
import { operand } from './columns.ts'
import type { Expression, NullOf, Operand, TypeOf } from './expression.ts'
import { maxExpressionNodes, readExpression } from './read-expression.ts'
import { makeTranslator, type Translator } from './translator.ts'

/** Expressions by the name of the field that they make. */
export type Selection = { readonly [field: string]: Operand }

/** How rows are made of records: frozen plain data made by `postProcess`. */
export interface PostProcessor<Select extends Selection = Selection> {
  readonly kind: 'post_processor'
  readonly format: 1
  readonly filter?: Expression
  readonly select: { readonly [field in keyof Select]: Expression }
  /** Carried along, as types carry their checks, so that who translates nothing need not load it. */
  readonly '~translator': (
    input: readonly AnyField[],
    output: readonly AnyField[],
    where?: string,
  ) => Translator
  /** Only for the compiler; never present. */
  readonly '~select'?: Select
}

/** A post-processor as JSON. */
export interface EncodedPostProcessor {
  readonly format: 1
  readonly filter?: Expression
  readonly select: { readonly [field: string]: Expression }
}

export interface PostProcessOptions<Select extends Selection> {
  /** Keeps the records for which it is true; all if absent. */
  readonly filter?: Expression<BoolType>
  /** What each field of the schema is; a nullable one that is left out is null. */
  readonly select: Select
}

/**
 * Declares how rows by a source's schema are made of the records that are pushed. Whether it fits both schemas is
 * checked where a source is made of it. Throws a ValidationError on what is no expression.
 */
export function postProcess<const Select extends Selection>(
  options: PostProcessOptions<Select>,
): PostProcessor<Select> {
  const { select } = options
  const operands = isPlainObject(select) ? mapValues(select, operand) : select
  // What is selected comes out as it went in, so its types still hold.
  return readPostProcessor({ ...options, format: 1, select: operands }) as PostProcessor<Select>
}

/** Makes a post-processor of anything that has its shape, parsed JSON too, by every rule but those on types. */
export function readPostProcessor(value: unknown): PostProcessor {
  const where = 'PostProcessor'
  const options = requireOptions(where, value, ['format', 'filter', 'select'])
  if (options.format !== 1) {
    throw new ValidationError(
      `${where}: Its format is 1 but received ${describe(options.format)}; a newer version made it.`,
    )
  }
  const { select } = options
  const names = isPlainObject(select) ? Object.keys(select) : []
  if (!isPlainObject(select) || names.length === 0 || names.length > maxFieldsPerSchema) {
    throw new ValidationError(
      `${where}: select is an object of 1 to ${maxFieldsPerSchema} expressions by field, such as { amt: cast(c.amt, Float64) }.`,
    )
  }
  const room = { nodes: maxExpressionNodes }
  const filter =
    options.filter === undefined
      ? {}
      : { filter: readExpression(options.filter, `${where}, filter`, room) }
  const read = {
    ...filter,
    select: mapValues(select, (expression, name) =>
      readExpression(expression, `${where}, select.${requireName(where, name)}`, room),
    ),
  }
  return Object.freeze<PostProcessor>({
    kind: 'post_processor',
    format: 1,
    ...read,
    '~translator': keepLast((input, output, source) =>
      makeTranslator(read, input, output, source === undefined ? where : `${source}, ${where}`),
    ),
  })
}

/** Gives a post-processor as plain JSON, from which {@link readPostProcessor} makes the same again. */
export function encodePostProcessor({
  format,
  filter,
  select,
}: PostProcessor): EncodedPostProcessor {
  return { format, ...(filter === undefined ? {} : { filter }), select }
}

type MakeTranslator = PostProcessor['~translator']

/** A client asks for the same translator with every record. */
function keepLast(make: MakeTranslator): MakeTranslator {
  let last: readonly [unknown, unknown, Translator] | undefined
  return (input, output, where) => {
    if (last?.[0] !== input || last[1] !== output)
      last = [input, output, make(input, output, where)]
    return last[2]
  }
}

function mapValues<In, Out>(
  object: { readonly [name: string]: In },
  make: (value: In, name: string) => Out,
): { readonly [name: string]: Out } {
  return Object.freeze(
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, make(value, name)])),
  )
}

/** Why a selection does not fit a schema, as far as the compiler can tell; nothing where it fits. */
export type Misfit<Select, Schema extends readonly AnyField[]> = string extends
  | Schema[number]['name']
  | keyof Select
  ? never
  : MisfitOf<Select, Schema[number]> | Unknown<Exclude<keyof Select, Schema[number]['name']>>

type Unknown<Name> = Name extends string ? `"${Name}" is no field of the schema` : never
type MisfitOf<Select, Field> = Field extends AnyField
  ? Field['name'] extends keyof Select
    ? MisfitOfField<Field, TypeOf<Select[Field['name']]>, NullOf<Select[Field['name']]>>
    : Field['nullable'] extends true
      ? never
      : `select does not give "${Field['name']}"`
  : never
// What was read from JSON has a type that only the definition's check knows.
type MisfitOfField<
  Field extends AnyField,
  Type extends AnyType,
  Nullable,
> = string extends Type['kind']
  ? never
  : [Type, Field['dtype']] extends [Field['dtype'], Type]
    ? true extends Nullable
      ? Field['nullable'] extends true
        ? never
        : `"${Field['name']}" may be null: write orElse(x, ...) or make the field nullable`
      : never
    : `"${Field['name']}" has another type in the schema: cast it`

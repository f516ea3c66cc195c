import type { AnyType, In, Out } from './data-type.ts'
import { requireName } from './names.ts'
import { flagOption, requireOptions, textOption } from './options.ts'
import { isPlainObject } from './plain-object.ts'
import { requireType } from './require-type.ts'

/** One named column: frozen plain data made by `Field`. */
export interface FieldDefinition<
  Name extends string = string,
  Type extends AnyType = AnyType,
  Nullable extends boolean = boolean,
> {
  readonly name: Name
  readonly dtype: Type
  readonly nullable: Nullable
  readonly description?: string
}
export type AnyField = FieldDefinition

// Overloads, because a generic flag widens to boolean inside an array literal.
type FieldOptions<Nullable> = { readonly description?: string } & (Nullable extends true
  ? { readonly nullable: true }
  : { readonly nullable?: false })
type NamedField<Name, Type, Nullable> = {
  readonly name: Name
  readonly dtype: Type
} & FieldOptions<Nullable>

type Flat<T> = { [K in keyof T]: T[K] } & {}

/** What may be pushed for these fields: nullable ones may be null or absent. */
export type RecordOf<Fields extends readonly AnyField[]> = Flat<
  {
    [F in Fields[number] as F['nullable'] extends false ? F['name'] : never]: In<F['dtype']>
  } & {
    [F in Fields[number] as F['nullable'] extends false ? never : F['name']]?:
      | In<F['dtype']>
      | null
      | undefined
  }
>

/** What is read back for these fields: every one is there. */
export type RowOf<Fields extends readonly AnyField[]> = Flat<{
  [F in Fields[number] as F['name']]: Out<F['dtype']> | (F['nullable'] extends false ? never : null)
}>

/**
 * Declares a column, by position or by name: required and never null unless `nullable: true`.
 * Throws a ValidationError on a name or type that the rules refuse.
 */
export function field<const Name extends string, Type extends AnyType>(
  name: Name,
  dtype: Type,
  options: FieldOptions<true>,
): FieldDefinition<Name, Type, true>
export function field<const Name extends string, Type extends AnyType>(
  name: Name,
  dtype: Type,
  options?: FieldOptions<false>,
): FieldDefinition<Name, Type, false>
export function field<const Name extends string, Type extends AnyType>(
  field: NamedField<Name, Type, true>,
): FieldDefinition<Name, Type, true>
export function field<const Name extends string, Type extends AnyType>(
  field: NamedField<Name, Type, false>,
): FieldDefinition<Name, Type, false>
export function field(first: unknown, dtype?: unknown, options: unknown = {}): AnyField {
  if (isPlainObject(first)) return readField('Field', first)
  const where = `Field ${typeof first === 'string' ? `"${first.slice(0, 64)}"` : ''}`.trimEnd()
  const { nullable, description } = requireOptions(where, options, ['nullable', 'description'])
  return readField('Field', { name: first, dtype, nullable, description })
}

/** Makes a field of anything that has its shape, by every rule that `Field` follows. */
export function readField(where: string, value: unknown): AnyField {
  const options = requireOptions(where, value, ['name', 'dtype', 'nullable', 'description'])
  const name = requireName(where, options.name)
  const named = where === 'Field' ? `Field "${name}"` : `${where}, field "${name}"`
  const dtype = requireType(named, options.dtype)
  const nullable = flagOption(named, options, 'nullable', false)
  const description = textOption(named, options, 'description')
  return Object.freeze({
    name,
    dtype,
    nullable,
    ...(description === undefined ? {} : { description }),
  })
}

import type { AnyType, In, Out } from './data-type.ts'

/** One named column: frozen plain data made by `Field`. */
export interface FieldDefinition<
  Name extends string = string,
  Type extends AnyType = AnyType,
  Nullable extends boolean = boolean,
> {
  readonly name: Name
  readonly dtype: Type
  readonly nullable: Nullable
  /** Nobody is to push it any more; it stays in rows, and pushes with it stay accepted. */
  readonly deprecated?: boolean
  readonly description?: string
}
export type AnyField = FieldDefinition

// Overloads, because a generic flag widens to boolean inside an array literal.
type FieldOptions<Nullable> = { readonly description?: string } & (Nullable extends true
  ? { readonly nullable: true; readonly deprecated?: boolean }
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
 * Declares a column, by position or by name: required and never null unless `nullable: true`. It throws nothing:
 * the rules on names, types and options are checked where a definition is made of it, not in every browser.
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
  // What is no object of options is kept as an unknown one, for the definition to refuse.
  const others = typeof options === 'object' ? options : { options }
  const named = typeof first === 'object' ? first : { ...others, name: first, dtype }
  return Object.freeze({ nullable: false, ...named } as AnyField)
}

import type { ArrayType } from './array-type.ts'
import type { BoolType } from './bool-type.ts'
import type { AnyType } from './data-type.ts'
import type { FieldDefinition } from './field.ts'
import type { MapType } from './map-type.ts'
import type { StringType } from './string-type.ts'
import type { StructType } from './struct-type.ts'

/** What goes into a Standard Schema, or into what a JSON Schema written as a literal describes. */
export type InputOf<Schema> = Schema extends {
  readonly '~standard': { readonly types?: infer Types }
}
  ? NonNullable<Types> extends { readonly input: infer Input }
    ? Input
    : unknown
  : Schema extends { readonly properties: infer Properties }
    ? JsonObject<
        Properties,
        Schema extends { readonly required: infer Names } ? Names : readonly []
      >
    : unknown

type JsonObject<Properties, Required> = {
  -readonly [K in keyof Properties as K extends MemberOf<Required> ? K : never]: JsonValue<
    Properties[K]
  >
} & {
  -readonly [K in keyof Properties as K extends MemberOf<Required> ? never : K]?: JsonValue<
    Properties[K]
  >
}
type MemberOf<List> = List extends readonly (infer Member)[] ? Member : never
type JsonValue<Node> = Node extends { readonly type: 'string' }
  ? string
  : Node extends { readonly type: 'number' | 'integer' }
    ? number
    : Node extends { readonly type: 'boolean' }
      ? boolean
      : Node extends { readonly type: 'array'; readonly items: infer Items }
        ? JsonValue<Items>[]
        : Node extends { readonly type: 'object'; readonly properties: object }
          ? InputOf<Node>
          : unknown

/** Types by column: needed where a schema does not say enough, and allowed everywhere. */
export type NamedTypes<Input> = {
  readonly [K in keyof Input as NeedsName<Input[K]> extends true ? K : never]: NamedType<Input[K]>
} & {
  readonly [K in keyof Input as NeedsName<Input[K]> extends true ? never : K]?: NamedType<Input[K]>
}

type NamedType<Value> =
  NonNullable<Value> extends PlainRecord ? AnyType | NamedTypes<NonNullable<Value>> : AnyType
type PlainRecord = { readonly [key: string]: unknown }

type NeedsName<Value> = unknown extends Value
  ? false
  : NonNullable<Value> extends string | boolean
    ? false
    : NonNullable<Value> extends readonly (infer Member)[]
      ? NeedsName<Member>
      : NonNullable<Value> extends number | bigint | Date
        ? true
        : NonNullable<Value> extends object
          ? true extends {
              [K in keyof NonNullable<Value>]-?: NeedsName<NonNullable<Value>[K]>
            }[keyof NonNullable<Value>]
            ? true
            : false
          : false

/** The fields of a schema: a list of the definitions of its columns. */
export type FieldsOf<Input, Named> = readonly {
  [K in keyof Input & string]-?: FieldDefinition<
    K,
    TypeOf<NonNullable<Input[K]>, K extends keyof Named ? Named[K] : undefined>,
    undefined extends Input[K] ? true : null extends Input[K] ? true : false
  >
}[keyof Input & string][]

type TypeOf<Value, Named> = Named extends AnyType
  ? Named
  : unknown extends Value
    ? AnyType
    : Value extends string
      ? StringType
      : Value extends boolean
        ? BoolType
        : Value extends readonly (infer Member)[]
          ? ArrayType<TypeOf<Member, undefined>>
          : string extends keyof Value
            ? MapType<TypeOf<Value[keyof Value], undefined>>
            : Value extends object
              ? StructType<FieldsOf<Value, Named>>
              : AnyType

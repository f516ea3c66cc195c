import type { AnyField } from './field.ts'
import type { FieldsOf, InputOf, NamedTypes } from './fields-of-types.ts'
import { jsonSchemaFields } from './json-schema-fields.ts'
import { isPlainObject } from './plain-object.ts'
import { readFieldList } from './read-fields.ts'
import { describe } from './refusal.ts'
import { ValidationError } from './validation-error.ts'

/**
 * Makes a source's schema of a Standard Schema that gives a JSON Schema (zod, arktype, valibot by
 * `toStandardJsonSchema`), or of a JSON Schema: what goes in, property by property. Types are named for numbers, whose
 * width no such schema says, and for what JSON Schema cannot say (dates, bigints); `format: 'date-time'` is Timestamp,
 * what is optional or may be null is nullable. Throws a ValidationError with path, finding and help on anything that
 * no column holds.
 */
export function fieldsOf<
  const Schema extends object,
  const Named extends NamedTypes<InputOf<Schema>>,
>(
  schema: Schema,
  ...[named]: Record<never, never> extends NamedTypes<InputOf<Schema>>
    ? [named?: Named]
    : [named: Named]
): FieldsOf<InputOf<Schema>, Named> {
  const fields = readFieldList(
    'fieldsOf',
    { fields: jsonSchemaFields(jsonSchemaOf(schema), named) },
    'fields',
  )
  return fields as readonly AnyField[] as FieldsOf<InputOf<Schema>, Named>
}

function jsonSchemaOf(schema: unknown): unknown {
  // Schemas of arktype are functions.
  const isHolder = (typeof schema === 'object' && schema !== null) || typeof schema === 'function'
  const standard: unknown = isHolder && '~standard' in schema ? schema['~standard'] : undefined
  if (standard === undefined) {
    if (isPlainObject(schema)) return schema
    throw new ValidationError(
      `fieldsOf: Expected a Standard Schema or a JSON Schema but received ${describe(schema)}.`,
    )
  }
  const { vendor, jsonSchema } = isPlainObject(standard) ? standard : {}
  if (!isPlainObject(jsonSchema) || typeof jsonSchema.input !== 'function') {
    throw new ValidationError(
      `fieldsOf: This schema of ${describe(vendor)} gives no JSON Schema. ${helpOf(vendor)}`,
    )
  }
  try {
    // What JSON Schema cannot say is left open, for a named type: zod and valibot would throw, each by its own flag.
    const libraryOptions = { unrepresentable: 'any', errorMode: 'ignore' }
    return jsonSchema.input({ target: 'draft-2020-12', libraryOptions })
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new ValidationError(
      `fieldsOf: ${describe(vendor)} cannot write this schema as JSON Schema: ${said}`,
    )
  }
}

function helpOf(vendor: unknown): string {
  return vendor === 'valibot'
    ? "Wrap it: fieldsOf(toStandardJsonSchema(schema)), by '@valibot/to-json-schema'."
    : 'Install a version that does (zod 4.2, arktype 2.1.28 or newer), or pass a JSON Schema.'
}

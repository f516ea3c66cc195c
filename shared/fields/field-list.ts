import { limits } from '../limits.ts'
import type { Extent } from './data-type.ts'
import { extentAround } from './extent.ts'
import { type AnyField, readField } from './field.ts'
import { requireUnique } from './names.ts'
import { requiredList } from './options.ts'
import type { PlainObject } from './plain-object.ts'
import { ValidationError } from './validation-error.ts'

/** Gives the fields of one list option with every rule checked; struct fields count towards the limit. */
export function readFieldList(
  where: string,
  options: PlainObject,
  name: string,
): readonly AnyField[] {
  const fields = requiredList(where, options, name).map(field => readField(where, field))
  requireUnique(
    where,
    fields.map(field => field.name),
  )
  const { fields: count } = extentOfFields(where, fields)
  if (count > limits.maxFieldsPerSchema) {
    throw new ValidationError(
      `${where}: ${count} fields, counting those of structs, exceed the limit of ${limits.maxFieldsPerSchema}.`,
    )
  }
  return Object.freeze(fields)
}

/** The extent of a struct that has these fields. */
export function extentOfFields(where: string, fields: readonly AnyField[]): Extent {
  const inner = extentAround(
    where,
    fields.map(field => field.dtype),
  )
  return { depth: inner.depth, fields: inner.fields + fields.length }
}

import { maxFieldsPerSchema, maxNestingDepth } from '../wire-limits.ts'
import { array } from './array-type.ts'
import type { AnyType } from './data-type.ts'
import type { AnyField } from './field.ts'
import { map } from './map-type.ts'
import { requireName, requireUnique } from './names.ts'
import { isArrayType, isMapType, isStructType } from './nested-types.ts'
import { flagOption, requiredList, requireOptions, textOption } from './options.ts'
import type { PlainObject } from './plain-object.ts'
import { requireType } from './require-type.ts'
import { string } from './string-type.ts'
import { struct } from './struct-type.ts'
import { ValidationError } from './validation-error.ts'

/** The fields that one schema may still have, those of structs among them. */
interface Room {
  fields: number
}

/**
 * Gives the fields of one list option, frozen and made anew with every rule checked: names, types however they
 * nest, options, how many fields there are and how deep they go. Throws a ValidationError where one is broken.
 */
export function readFieldList(
  where: string,
  options: PlainObject,
  name: string,
): readonly AnyField[] {
  return readFields(where, options, name, 2, { fields: maxFieldsPerSchema })
}

/** Gives a data type made anew, with the same rules checked as for a field's. */
export function readType(where: string, value: unknown): AnyType {
  return readNested(where, value, 1, { fields: maxFieldsPerSchema })
}

/** `depth` is that of the fields' own types, 1 being that of a type which nothing holds. */
function readFields(
  where: string,
  options: PlainObject,
  name: string,
  depth: number,
  room: Room,
): readonly AnyField[] {
  const list = requiredList(where, options, name)
  room.fields -= list.length
  // Before any of them is read: types that are used twice in each other grow exponentially.
  if (room.fields < 0) {
    throw new ValidationError(
      `${where}: More than ${maxFieldsPerSchema} fields, counting those of structs; split the source.`,
    )
  }
  const fields = list.map(field => readField(where, field, depth, room))
  requireUnique(
    where,
    fields.map(field => field.name),
  )
  return Object.freeze(fields)
}

const fieldOptions = ['name', 'dtype', 'nullable', 'deprecated', 'description']

function readField(where: string, value: unknown, depth: number, room: Room): AnyField {
  const options = requireOptions(where, value, fieldOptions)
  const name = requireName(where, options.name)
  const named = `${where}, field "${name}"`
  const dtype = readNested(named, options.dtype, depth, room)
  const nullable = flagOption(named, options, 'nullable', false)
  const deprecated = flagOption(named, options, 'deprecated', false)
  if (deprecated && !nullable) {
    throw new ValidationError(
      `${named}: A deprecated field is nullable, so that records need not have it; add nullable: true.`,
    )
  }
  const description = textOption(named, options, 'description')
  return Object.freeze({
    name,
    dtype,
    nullable,
    ...(deprecated ? { deprecated } : {}),
    ...(description === undefined ? {} : { description }),
  })
}

function readNested(where: string, value: unknown, depth: number, room: Room): AnyType {
  const type = requireType(where, value)
  if (depth > maxNestingDepth) {
    throw new ValidationError(`${where}: Types nest at most ${maxNestingDepth} deep.`)
  }
  if (isArrayType(type)) return array(readNested(where, type.element, depth + 1, room))
  if (isStructType(type)) return struct(readFields(where, { ...type }, 'fields', depth + 1, room))
  if (!isMapType(type)) return type
  if (requireType(where, type.key).kind !== 'string') {
    throw new ValidationError(`${where}: Keys of a map are always String; write Map(String, V).`)
  }
  return map(string, readNested(where, type.value, depth + 1, room))
}

import { shapeOf } from '../../../gateway/offline/nested-type.ts'
import type { AnyType } from '../../../shared/fields/data-type.ts'
import type { AnyField } from '../../../shared/fields/field.ts'

/** Who wrote a value: each has its own way to put a canonical value into JSON. */
export type Writer = 'canonical' | 'data frame' | 'DuckDB' | 'get-features'

interface Members {
  readonly [name: string]: unknown
}

/**
 * Brings a row into a form that is the same whoever wrote it: integers as bigint, times as canonical text,
 * structs and maps as lists of entries. Throws where a value has not the very form that its writer uses.
 */
export function normalRow(writer: Writer, fields: readonly AnyField[], row: unknown): unknown[] {
  const members = membersOf(row)
  return fields.map(({ name, dtype }) => {
    if (!Object.hasOwn(members, name)) throw new TypeError(`The ${writer} lacks "${name}".`)
    return [name, normalValue(writer, dtype, members[name])]
  })
}

/** As {@link normalRow}, for one value. */
export function normalValue(writer: Writer, type: AnyType, value: unknown): unknown {
  if (value === null) return null
  const shape = shapeOf(type)
  switch (shape.kind) {
    case 'scalar':
      return normalScalar(writer, shape.name, value)
    case 'array':
      return listOf(value).map(member => normalValue(writer, shape.element, member))
    case 'map':
      return Object.entries(membersOf(value))
        .map(([key, member]) => [key, normalValue(writer, shape.value, member)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1))
    case 'struct':
      if (writer !== 'get-features') return normalRow(writer, shape.fields, value)
      return shape.fields.map(({ name, dtype }, at) => [
        name,
        normalValue(writer, dtype, listOf(value)[at]),
      ])
  }
}

const servedInteger = /^(?:0|-?[1-9]\d*)$/

function normalScalar(writer: Writer, name: string, value: unknown): unknown {
  switch (name) {
    case 'int64':
    case 'int32': {
      if (!isIntegerOf(writer, value)) {
        throw new TypeError(`An integer has another form in ${writer}: ${typeof value} ${value}.`)
      }
      return BigInt(String(value))
    }
    case 'float32':
    case 'float64':
      // Whole floats beyond 2^53 look like integers to an exact reader of JSON.
      return typeof value === 'bigint' ? Number(value) : value
    case 'timestamp':
      return writer === 'DuckDB' ? timeOfDuck(String(value)) : value
    default:
      return value
  }
}

/** Digits in files and data frames; text where it is served; text only if need be where it is canonical. */
function isIntegerOf(writer: Writer, value: unknown): boolean {
  if (typeof value !== 'string') {
    return writer === 'get-features'
      ? false
      : Number.isSafeInteger(value) || (typeof value === 'bigint' && writer !== 'canonical')
  }
  if (!servedInteger.test(value)) return false
  if (writer === 'canonical') return !Number.isSafeInteger(Number(value))
  return writer === 'get-features'
}

/** DuckDB writes `2001-01-10 18:20:00.5+00`. */
function timeOfDuck(text: string): string {
  const [, day, second, fraction = ''] =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text) ?? []
  if (day === undefined) throw new TypeError(`DuckDB wrote the time ${text} in an unknown form.`)
  return `${day}T${second}.${fraction.padEnd(6, '0')}Z`
}

function membersOf(value: unknown): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new TypeError(`Expected an object but found ${JSON.stringify(value)}.`)
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new TypeError(`Expected an array but found ${JSON.stringify(value)}.`)
}

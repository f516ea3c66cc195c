import type { AnyType } from './data-type.ts'
import { isPlainObject } from './plain-object.ts'
import { describe } from './refusal.ts'
import { ValidationError } from './validation-error.ts'

/** Gives the data type that a field or a type was passed, or throws and says which import is meant. */
export function requireType(where: string, value: unknown): AnyType {
  if (isDataType(value)) return value
  throw new ValidationError(`${where}: ${explain(value)}`)
}

function isDataType(value: unknown): value is AnyType {
  return (
    isPlainObject(value) && typeof value.kind === 'string' && typeof value['~check'] === 'function'
  )
}

function explain(value: unknown): string {
  switch (value) {
    case globalThis.String:
      return useImport('String', 'String')
    case globalThis.Array:
      return useImport('Array', 'Array')
    case globalThis.Map:
      return useImport('Map', 'Map')
    case globalThis.Boolean:
      return useImport('Boolean', 'Bool')
    case globalThis.Number:
      return useImport('Number', 'Float64')
    case globalThis.BigInt:
      return useImport('BigInt', 'Int64')
    case globalThis.Date:
      return useImport('Date', 'Timestamp')
    case globalThis.Object:
      return useImport('Object', 'Struct')
    default:
      return typeof value === 'function'
        ? 'Expected a data type but received a function; write Array(String), Map(String, V) or Struct([fields]).'
        : `Expected a data type of 'tidegate/types' but received ${describe(value)}.`
  }
}

function useImport(received: string, meant: string): string {
  return `Received JavaScript's own ${received}, which is no data type; import { ${meant} } from 'tidegate/types'.`
}

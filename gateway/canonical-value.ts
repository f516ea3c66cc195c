import type { Canonical } from '../shared/fields/data-type.ts'
import { isRecord } from './is-record.ts'

/** Gives a value of parsed JSON as a canonical one; nothing is null. Cost: nested values are copied. */
export function canonicalOf(value: unknown): Canonical {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value
  }
  if (Array.isArray(value)) return value.map(canonicalOf)
  if (!isRecord(value)) throw new TypeError('This is no value of JSON.')
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, canonicalOf(member)]),
  )
}

/** Parses JSON, whose values are all canonical in form; throws a SyntaxError on any other text. */
export function parseCanonical(text: string): Canonical {
  return JSON.parse(text)
}

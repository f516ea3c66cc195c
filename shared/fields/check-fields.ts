import type { Canonical, CanonicalRecord } from './data-type.ts'
import type { AnyField } from './field.ts'
import { hasKey, type PlainObject } from './plain-object.ts'
import { describe, Refusal, refuse, refusedUnder } from './refusal.ts'

const noRefusals: readonly Refusal[] = []

export interface CheckedFields {
  /** Complete and canonical only if nothing was refused. */
  readonly record: CanonicalRecord
  /** In schema order, then unknown fields in the object's order. */
  readonly refusals: readonly Refusal[]
}

/** Checks an object against fields, listing at most `most` refusals. Each property is read once. */
export function checkFields(
  fields: readonly AnyField[],
  object: PlainObject,
  most: number,
): CheckedFields {
  const keys = Object.keys(object)
  const record: { [field: string]: Canonical } = {}
  let refusals: Refusal[] | undefined
  let found = 0
  let place = 0
  for (const field of fields) {
    const { name } = field
    // Objects in schema order, as our own client sends them, spare the look-up.
    const present = keys[place++] === name || hasKey(object, name)
    if (present) found++
    const value = present ? object[name] : undefined
    const checked =
      value === null || value === undefined
        ? checkAbsent(field, value)
        : field.dtype['~check'](value)
    if (checked instanceof Refusal) {
      refusals ??= []
      refusals.push(refusedUnder(name, checked))
      if (refusals.length >= most) return { record, refusals }
    } else {
      record[name] = checked
    }
  }
  if (found === keys.length) return { record, refusals: refusals ?? noRefusals }
  refusals ??= []
  const names = new Set(fields.map(field => field.name))
  for (const key of keys) {
    if (names.has(key)) continue
    if (refusals.length >= most) break
    refusals.push(new Refusal('unknown_field', 'no such field', describe(object[key]), [key]))
  }
  return { record, refusals }
}

function checkAbsent({ nullable, dtype }: AnyField, value: null | undefined): null | Refusal {
  if (nullable) return null
  if (value === null) return refuse('null_field', dtype.kind, value)
  return new Refusal('missing_field', dtype.kind, 'nothing')
}

import type { Canonical, CanonicalRecord } from './data-type.ts'
import type { AnyField } from './field.ts'
import { hasKey, type PlainObject } from './plain-object.ts'
import { Refusal, refuse, refusedUnder } from './refusal.ts'

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
  most = 1,
): CheckedFields {
  const keys = Object.keys(object)
  const record: { [field: string]: Canonical } = {}
  const refusals: Refusal[] = []
  let found = 0
  let place = 0
  for (const { name, dtype, nullable } of fields) {
    // Objects in schema order, as our own client sends them, spare the look-up.
    const present = keys[place++] === name || hasKey(object, name)
    if (present) found++
    const value = present ? object[name] : undefined
    const checked =
      value !== null && value !== undefined
        ? dtype['~check'](value)
        : nullable
          ? null
          : refuse(dtype.kind, value, value === null ? 'null_field' : 'missing_field')
    if (checked instanceof Refusal) {
      // A known field all the same.
      record[name] = null
      if (refusals.push(refusedUnder(name, checked)) >= most) break
    } else record[name] = checked
  }
  if (found < keys.length) {
    for (const key of keys) {
      if (refusals.length >= most || hasKey(record, key)) continue
      refusals.push(refusedUnder(key, refuse('no such field', object[key], 'unknown_field')))
    }
  }
  return { record, refusals }
}

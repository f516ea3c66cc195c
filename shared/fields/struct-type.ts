import { checkFields } from './check-fields.ts'
import type { Canonical, DataType } from './data-type.ts'
import type { AnyField, RecordOf, RowOf } from './field.ts'
import { isPlainObject } from './plain-object.ts'
import { type Refusal, refuse } from './refusal.ts'

export interface StructType<Fields extends readonly AnyField[]>
  extends DataType<'struct', RecordOf<Fields>, RowOf<Fields>> {
  readonly fields: Fields
}

/** An object by field name; each field follows its own nullable flag, and there are no others. */
export function struct<const Fields extends readonly AnyField[]>(
  fields: Fields,
): StructType<Fields> {
  return Object.freeze<StructType<Fields>>({
    kind: 'struct',
    fields,
    '~check': value => checkStruct(fields, value),
  })
}

function checkStruct(fields: readonly AnyField[], value: unknown): Canonical | Refusal {
  if (!isPlainObject(value)) return refuse('struct', value)
  const { record, refusals } = checkFields(fields, value)
  return refusals[0] ?? record
}

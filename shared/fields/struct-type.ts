import { checkFields } from './check-fields.ts'
import type { Canonical, DataType } from './data-type.ts'
import type { AnyField, RecordOf, RowOf } from './field.ts'
import { extentOfFields, readFieldList } from './field-list.ts'
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
  const checked = readFieldList('Struct', { fields }, 'fields')
  return Object.freeze<StructType<Fields>>({
    kind: 'struct',
    // readFieldList keeps names, types and order, so the tuple's type still holds.
    fields: checked as unknown as Fields,
    '~check': value => checkStruct(checked, value),
    '~extent': extentOfFields('Struct', checked),
  })
}

function checkStruct(fields: readonly AnyField[], value: unknown): Canonical | Refusal {
  if (!isPlainObject(value)) return refuse('wrong_type', 'struct', value)
  const { record, refusals } = checkFields(fields, value, 1)
  return refusals[0] ?? record
}

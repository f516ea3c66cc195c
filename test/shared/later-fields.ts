import fc from 'fast-check'
import { isArrayType, isMapType, isStructType } from '../../shared/fields/nested-types.ts'
import {
  type AnyField,
  type AnyType,
  Array,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  Map,
  String,
  Struct,
} from '../../shared/types.ts'
import { arbitraryName } from './arbitrary-fields.ts'

/** A later schema of some fields: each change at random, and the fields in another order. */
export function laterFields(fields: readonly AnyField[]): fc.Arbitrary<readonly AnyField[]> {
  const names = fields.map(({ name }) => name.toLowerCase())
  const added = fc.option(arbitraryName.filter(name => !names.includes(name.toLowerCase())))
  return fc
    .record({
      changed: fc.tuple(...fields.map(laterField)),
      added,
      order: fc.infiniteStream(fc.nat()),
    })
    .map(({ changed, added, order }) => {
      const all = [...changed, ...(added === null ? [] : [Field(added, Int32, { nullable: true })])]
      const places = new globalThis.Map(all.map(field => [field, order.next().value]))
      return all.sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0))
    })
}

function laterField({ name, dtype, nullable }: AnyField): fc.Arbitrary<AnyField> {
  return fc
    .record({ dtype: laterType(dtype), nullable: fc.boolean(), deprecated: fc.boolean() })
    .map(drawn =>
      nullable || drawn.nullable
        ? Field(name, drawn.dtype, { nullable: true, deprecated: drawn.deprecated })
        : Field(name, drawn.dtype),
    )
}

function laterType(type: AnyType): fc.Arbitrary<AnyType> {
  switch (type.kind) {
    case 'int32':
      return fc.constantFrom(Int32, Int64, Float64)
    case 'float32':
      return fc.constantFrom(Float32, Float64)
  }
  if (isArrayType(type)) return laterType(type.element).map(Array)
  if (isMapType(type)) return laterType(type.value).map(value => Map(String, value))
  if (isStructType(type)) return laterFields(type.fields).map(Struct)
  return fc.constant(type)
}

export { type ArrayType, array as Array } from './fields/array-type.ts'
export { type BoolType, bool as Bool } from './fields/bool-type.ts'
export type { AnyType, Canonical, CanonicalRecord, DataType, In, Out } from './fields/data-type.ts'
export { type AnyField, type FieldDefinition, field as Field } from './fields/field.ts'
export {
  type Float32Type,
  type Float64Type,
  float32 as Float32,
  float64 as Float64,
} from './fields/float-types.ts'
export {
  type Int32Type,
  type Int64Type,
  int32 as Int32,
  int64 as Int64,
} from './fields/integer-types.ts'
export { type MapType, map as Map } from './fields/map-type.ts'
export { type StringType, string as String } from './fields/string-type.ts'
export { type StructType, struct as Struct } from './fields/struct-type.ts'
export { type TimestampType, timestamp as Timestamp } from './fields/timestamp-type.ts'

import fc from 'fast-check'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import {
  type AnyField,
  type AnyType,
  Array,
  Bool,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  Map,
  String,
  Struct,
  Timestamp,
} from '../../shared/types.ts'

/** A type together with values that it accepts. */
interface TypeAndValues {
  readonly type: AnyType
  readonly values: fc.Arbitrary<unknown>
}
interface FieldAndValues {
  readonly field: AnyField
  readonly values: fc.Arbitrary<unknown>
}

const text = fc.string({ unit: 'binary' })
const finite = { noNaN: true, noDefaultInfinity: true }
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const moments = fc
  .bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n })
  .map(timestampOfMicros)
const dates = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
})

const scalars: readonly TypeAndValues[] = [
  { type: String, values: text },
  { type: Bool, values: fc.boolean() },
  { type: Int32, values: fc.integer() },
  { type: Int64, values: fc.oneof(int64, int64.map(globalThis.String), fc.maxSafeInteger()) },
  { type: Float32, values: fc.float(finite) },
  { type: Float64, values: fc.double(finite) },
  { type: Timestamp, values: fc.oneof(moments, dates) },
]

export const arbitraryName = fc.oneof(
  {
    arbitrary: fc
      .stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,20}$/)
      .filter(name => !name.includes('__')),
    weight: 9,
  },
  // Every object has these already, so one that lacks such a field seems to have it.
  { arbitrary: fc.constantFrom('constructor', 'toString', 'valueOf', 'hasOwnProperty'), weight: 1 },
)

/** Lists of fields with values for each; names are unique whatever the case. */
export const arbitraryFieldList: fc.Arbitrary<readonly FieldAndValues[]> = fieldLists(2)

function fieldLists(depth: number): fc.Arbitrary<readonly FieldAndValues[]> {
  return fc.uniqueArray(fields(depth), {
    minLength: 1,
    maxLength: 6,
    selector: ({ field }) => field.name.toLowerCase(),
  })
}

function fields(depth: number): fc.Arbitrary<FieldAndValues> {
  return fc
    .record({ name: arbitraryName, of: types(depth), nullable: fc.boolean() })
    .map(({ name, of: { type, values }, nullable }) =>
      nullable
        ? {
            field: Field(name, type, { nullable: true }),
            values: fc.option(values, { nil: null }),
          }
        : { field: Field(name, type), values },
    )
}

function types(depth: number): fc.Arbitrary<TypeAndValues> {
  const scalar = fc.constantFrom(...scalars)
  if (depth === 0) return scalar
  const inner = types(depth - 1)
  return fc.oneof(
    { arbitrary: scalar, weight: 4 },
    inner.map(({ type, values }) => ({ type: Array(type), values: fc.array(values) })),
    inner.map(({ type, values }) => ({
      type: Map(String, type),
      values: fc.dictionary(
        fc.string().filter(key => key !== '__proto__'),
        values,
        { noNullPrototype: true },
      ),
    })),
    fieldLists(depth - 1).map(list => ({
      type: Struct(list.map(({ field }) => field)),
      values: recordsOf(list),
    })),
  )
}

/** Objects that the fields accept. */
export function recordsOf(list: readonly FieldAndValues[]): fc.Arbitrary<object> {
  return fc.record(Object.fromEntries(list.map(({ field, values }) => [field.name, values])), {
    noNullPrototype: true,
  })
}

import * as v from 'valibot'

/** What Tecton's serving clients check of a reply, written again from what is known of them. */

type DataType = v.InferOutput<typeof knownType> | Struct | List | Dictionary
interface Struct {
  readonly type: 'struct'
  readonly fields: readonly { readonly name: string; readonly dataType: DataType }[]
}
interface List {
  readonly type: 'array'
  readonly elementType: DataType
}
interface Dictionary {
  readonly type: 'map'
  readonly keyType: DataType
  readonly valueType: DataType
}

const knownType = v.strictObject({
  type: v.picklist(['boolean', 'int64', 'string', 'float32', 'float64', 'timestamp']),
})
const dataType: v.GenericSchema<unknown, DataType> = v.lazy(() =>
  v.union([
    knownType,
    v.strictObject({ type: v.literal('array'), elementType: dataType }),
    v.strictObject({ type: v.literal('map'), keyType: dataType, valueType: dataType }),
    v.strictObject({
      type: v.literal('struct'),
      fields: v.array(v.strictObject({ name: v.string(), dataType })),
    }),
  ]),
)

const statuses = [
  'PRESENT',
  'MISSING_DATA',
  'TIME_OUT',
  'UNKNOWN',
  'CACHED_PRESENT',
  'CACHED_MISSING_DATA',
  'CACHED_UNKNOWN',
]
const reply = v.looseObject({
  // The Python client makes an object of it by its keys: one more raises.
  result: v.strictObject({ features: v.pipe(v.array(v.unknown()), v.nonEmpty()) }),
  metadata: v.looseObject({
    features: v.array(
      v.looseObject({
        // The Java client splits it at the dot.
        name: v.pipe(v.string(), v.regex(/^[^.]+\.[^.]+$/)),
        dataType,
        // It parses this as a time with an offset.
        effectiveTime: v.optional(
          v.pipe(
            v.string(),
            v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/),
          ),
        ),
        status: v.optional(v.picklist(statuses)),
      }),
    ),
  }),
})

/** The Python client's `get_features_dict()`: values by name, made from what the types say. */
export function featuresDict(json: unknown): { readonly [name: string]: unknown } {
  const { result, metadata } = v.parse(reply, json)
  if (metadata.features.length !== result.features.length) {
    throw new TypeError('Values and metadata are not as many.')
  }
  return Object.fromEntries(
    metadata.features.map(({ name, dataType }, at) => [name, read(dataType, result.features[at])]),
  )
}

function read(type: DataType, value: unknown): unknown {
  if (value === null) return null
  switch (type.type) {
    case 'boolean':
      return v.parse(v.boolean(), value)
    case 'int64':
      return BigInt(v.parse(v.pipe(v.string(), v.regex(/^-?\d+$/)), value))
    case 'string':
      return v.parse(v.string(), value)
    case 'float32':
    case 'float64':
      return v.parse(v.number(), value)
    case 'timestamp':
      return v.parse(v.pipe(v.string(), v.isoTimestamp()), value)
    case 'array':
      return v.parse(v.array(v.unknown()), value).map(member => read(type.elementType, member))
    case 'map':
      return Object.fromEntries(
        Object.entries(v.parse(v.record(v.string(), v.unknown()), value)).map(([key, member]) => [
          read(type.keyType, key),
          read(type.valueType, member),
        ]),
      )
    case 'struct': {
      const members = v.parse(v.pipe(v.array(v.unknown()), v.length(type.fields.length)), value)
      return Object.fromEntries(
        type.fields.map(({ name, dataType }, at) => [name, read(dataType, members[at])]),
      )
    }
  }
}

import * as v from 'valibot'

/**
 * What Tecton's Java serving client (tecton-http-client-java) makes of a reply: it fails here where it fails
 * there. Its parser skips keys that it does not know.
 */

type JavaType = 'boolean' | 'int64' | 'string' | 'float32' | 'float64' | 'array'
const valueType = v.picklist(['boolean', 'int64', 'string', 'float32', 'float64', 'array'])
const dataType = v.looseObject({
  type: v.pipe(v.string(), v.toLowerCase(), valueType),
  elementType: v.nullish(v.looseObject({ type: v.string() })),
})
/** What `OffsetDateTime.parse` takes. */
const offsetTime = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d(?::\d\d)?)$/),
)
const statuses = [
  'PRESENT',
  'MISSING_DATA',
  'CACHED_PRESENT',
  'CACHED_UNKNOWN',
  'CACHED_MISSING_DATA',
  'UNKNOWN',
]
const sloInfo = v.looseObject({
  sloEligible: v.nullish(v.boolean()),
  serverTimeSeconds: v.nullish(v.number()),
  sloServerTimeSeconds: v.nullish(v.number()),
  storeResponseSizeBytes: v.nullish(v.pipe(v.number(), v.integer(), v.maxValue(2_147_483_647))),
  // An enum: any other name fails the whole reply.
  sloIneligibilityReasons: v.nullish(
    v.array(
      v.picklist([
        'UNKNOWN',
        'DYNAMODB_RESPONSE_SIZE_LIMIT_EXCEEDED',
        'REDIS_RESPONSE_SIZE_LIMIT_EXCEEDED',
        'REDIS_LATENCY_LIMIT_EXCEEDED',
      ]),
    ),
  ),
  storeMaxLatency: v.nullish(v.number()),
})
const described = {
  // Split at the dot, of which the second half is read.
  name: v.pipe(v.string(), v.regex(/[^.]\.+[^.]/)),
  dataType,
  // A text in batches as well: no list.
  effectiveTime: v.nullish(v.union([v.literal(''), offsetTime])),
  description: v.nullish(v.string()),
  tags: v.nullish(v.record(v.string(), v.string())),
}
const vector = v.looseObject({ features: v.pipe(v.array(v.unknown()), v.minLength(1)) })
const single = v.looseObject({
  result: vector,
  metadata: v.looseObject({
    features: v.array(v.looseObject({ ...described, status: v.nullish(v.string()) })),
    sloInfo: v.nullish(sloInfo),
  }),
})
const batch = v.looseObject({
  result: v.array(vector),
  metadata: v.looseObject({
    features: v.array(v.looseObject({ ...described, status: v.nullish(v.array(v.string())) })),
    sloInfo: v.nullish(v.array(v.nullish(sloInfo))),
    batchSloInfo: v.nullish(sloInfo),
  }),
})

export interface JavaFeature {
  readonly value: unknown
  readonly status: string | undefined
  readonly effectiveTime: string | undefined
}
export type JavaFeatures = { readonly [name: string]: JavaFeature }

/** Its `getFeatureValuesAsMap()` of one row. */
export function javaFeatures(json: unknown): JavaFeatures {
  const { result, metadata } = v.parse(single, json)
  return rowOf(result.features, metadata.features, ({ status }) => status)
}

/** The same of each row of a micro-batch, and the figures of all. */
export function javaBatch(json: unknown) {
  const { result, metadata } = v.parse(batch, json)
  const rows = result.map(({ features }, at) =>
    rowOf(features, metadata.features, ({ status }) => status && required(status, at)),
  )
  const infos = metadata.sloInfo ?? undefined
  return {
    rows,
    sloInfo: infos && result.map((_, at) => required(infos, at)),
    batchSloInfo: metadata.batchSloInfo ?? undefined,
  }
}

function rowOf<Described extends v.InferOutput<v.ObjectSchema<typeof described, undefined>>>(
  features: readonly unknown[],
  metadata: readonly Described[],
  statusOf: (one: Described) => string | null | undefined,
): JavaFeatures {
  return Object.fromEntries(
    features.map((value, at) => {
      const one = required(metadata, at)
      const status = statusOf(one)
      return [
        one.name,
        {
          value: valueOf(one.dataType.type, one.dataType.elementType?.type, value),
          // One that it does not know is none.
          status: statuses.find(known => known === status?.toUpperCase()),
          effectiveTime: one.effectiveTime || undefined,
        },
      ] as const
    }),
  )
}

/** `List.get`. */
function required<T>(list: readonly T[], at: number): T {
  const member = list[at]
  if (at < list.length && member !== undefined) return member
  throw new RangeError(`Index ${at} out of bounds for length ${list.length}.`)
}

function valueOf(type: JavaType, elementType: string | undefined, value: unknown): unknown {
  if (type !== 'array') return scalarOf(type, value)
  const element = v.parse(valueType, elementType?.toLowerCase())
  if (element === 'array' || element === 'boolean') throw new TypeError('No list of these is read.')
  const members = v.parse(v.nullable(v.array(v.unknown())), value)
  return (
    members?.map(member => {
      if (member === null) return null
      // It casts a Double to a Float, which throws.
      if (element === 'float32') throw new TypeError('A Double is no Float.')
      return element === 'float64' ? v.parse(v.number(), member) : scalarOf(element, member)
    }) ?? null
  )
}

function scalarOf(type: JavaType, value: unknown): unknown {
  switch (type) {
    case 'boolean':
      return v.parse(v.nullable(v.boolean()), value)
    case 'string':
      return v.parse(v.nullable(v.string()), value)
    case 'int64': {
      const text = v.parse(v.nullable(v.pipe(v.string(), v.regex(/^[+-]?\d+$/))), value)
      if (text === null) return null
      const long = BigInt(text)
      if (BigInt.asIntN(64, long) === long) return long
      throw new RangeError(`${text} is no long.`)
    }
    case 'float64':
      if (typeof value === 'string' && /^(?:null|NaN|-?Infinity)$/.test(value)) return null
      return v.parse(v.nullable(v.number()), value)
    default:
      throw new TypeError(`A value of type ${type} is not read.`)
  }
}

const typed = v.array(v.looseObject({ name: v.string(), dataType }))

/** Its `FeatureServiceMetadata`: names and types, lists that are absent are empty. */
export function javaMetadata(json: unknown) {
  const read = v.parse(
    v.looseObject({
      inputJoinKeys: v.nullish(typed, []),
      inputRequestContextKeys: v.nullish(typed, []),
      featureValues: v.nullish(typed, []),
    }),
    json,
  )
  const named = (list: v.InferOutput<typeof typed> | null) =>
    (list ?? []).map(({ name, dataType: { type, elementType } }) =>
      type === 'array'
        ? [name, type, v.parse(valueType, elementType?.type.toLowerCase())]
        : [name, type],
    )
  return {
    joinKeys: named(read.inputJoinKeys),
    contextKeys: named(read.inputRequestContextKeys),
    features: named(read.featureValues),
  }
}

const exceptions: { readonly [status: number]: string } = {
  400: 'BadRequestException',
  401: 'UnauthorizedException',
  403: 'ForbiddenException',
  404: 'ResourceNotFoundException',
  429: 'ResourceExhaustedException',
  500: 'InternalServerErrorException',
  503: 'ServiceUnavailableException',
  504: 'GatewayTimeoutException',
}
const errorReply = v.looseObject({
  error: v.string(),
  code: v.pipe(v.number(), v.integer()),
  message: v.string(),
})

/** The exception that it throws, and what it says: the status's own words where the body is none that it reads. */
export function javaError({ status, json }: { readonly status: number; readonly json: unknown }) {
  return {
    name: exceptions[status] ?? 'TectonServiceException',
    message: v.parse(errorReply, json).message,
  }
}

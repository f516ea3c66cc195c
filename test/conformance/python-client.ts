import * as v from 'valibot'

/**
 * What Tecton's Python serving client (tecton-http-client-python) sends, and what it makes of a reply: it
 * fails here where it fails there, and nowhere else.
 */

const anything = v.record(v.string(), v.unknown())

/** The body of its `get_features`, with everything that it always says. */
export function pythonFeaturesBody(
  workspace: string,
  service: string,
  joinKeyMap: object,
  metadataOptions: object = {},
) {
  return {
    params: {
      workspaceName: workspace,
      featureServiceName: service,
      joinKeyMap,
      requestContextMap: {},
      allowPartialResults: false,
      metadataOptions: {
        includeNames: true,
        includeDataTypes: true,
        includeEffectiveTimes: false,
        includeSloInfo: false,
        includeServingStatus: false,
        includeFeatureDescriptions: false,
        includeFeatureTags: false,
        ...metadataOptions,
      },
      requestOptions: { readFromCache: true, writeToCache: true },
    },
  }
}

/** `MetadataOptions.all()`. */
export const allMetadata = {
  includeEffectiveTimes: true,
  includeSloInfo: true,
  includeServingStatus: true,
  includeFeatureDescriptions: true,
  includeFeatureTags: true,
}

const featuresReply = v.looseObject({
  // An object is made by its keys: another one raises.
  result: v.strictObject({ features: v.unknown() }),
  metadata: v.optional(v.looseObject({ sloInfo: v.nullish(anything) })),
})
const described = v.looseObject({
  metadata: v.looseObject({
    features: v.pipe(
      v.array(v.looseObject({ name: v.string(), dataType: anything })),
      v.minLength(1),
    ),
  }),
  result: v.looseObject({ features: v.array(v.unknown()) }),
})

/** Its `GetFeaturesResponse.get_features_dict()`. */
export function pythonFeatures(json: unknown): { readonly [name: string]: unknown } {
  v.parse(featuresReply, json)
  const { metadata, result } = v.parse(described, json)
  return Object.fromEntries(
    metadata.features
      .slice(0, result.features.length)
      .map(({ name, dataType }, at) => [name, valueOf(dataType, result.features[at])]),
  )
}

/** Its `slo_info`, as it names the parts; nothing where there is none. */
export function pythonSloInfo(json: unknown) {
  const { sloInfo } = v.parse(featuresReply, json).metadata ?? {}
  return sloInfo ?? undefined
}

/** Its `GetFeatureServiceMetadataResponse`. */
export function pythonMetadata(json: unknown) {
  const read = v.parse(v.looseObject({ featureValues: v.unknown() }), json)
  const { inputJoinKeys, inputRequestContextKeys, featureValues } = read
  return { inputJoinKeys, inputRequestContextKeys, featureValues }
}

const exceptions: { readonly [status: number]: string } = {
  400: 'BadRequestError',
  401: 'UnauthorizedError',
  403: 'ForbiddenError',
  404: 'NotFoundError',
  429: 'ResourceExhaustedError',
  503: 'ServiceUnavailableError',
  504: 'GatewayTimeoutError',
}

/** The exception that it raises, and what it says; of other statuses it reads no body. */
export function pythonError({ status, json }: { readonly status: number; readonly json: unknown }) {
  const name = exceptions[status]
  if (name === undefined) return { name: 'TectonHttpException', message: '' }
  return { name, message: v.parse(anything, json).message }
}

const integerText = /^\s*[+-]?\d+(?:_\d+)*\s*$/

function valueOf(dataType: unknown, raw: unknown): unknown {
  if (raw === null) return null
  const { type, elementType, keyType, valueType, fields } = v.parse(anything, dataType)
  switch (type) {
    case 'int64':
      if (typeof raw === 'string' && integerText.test(raw)) return BigInt(raw.replaceAll('_', ''))
      return BigInt(Math.trunc(v.parse(v.number(), raw)))
    case 'array':
      return v.parse(v.array(v.unknown()), raw).map(member => valueOf(elementType, member))
    case 'map':
      return Object.fromEntries(
        Object.entries(v.parse(anything, raw)).map(([key, member]) => [
          valueOf(keyType, key),
          valueOf(valueType, member),
        ]),
      )
    case 'struct': {
      const members = v.parse(v.array(v.unknown()), raw)
      return Object.fromEntries(
        v
          .parse(v.array(v.looseObject({ name: v.string(), dataType: v.unknown() })), fields)
          // What is more or less than the other is dropped in silence.
          .slice(0, members.length)
          .map(({ name, dataType }, at) => [name, valueOf(dataType, members[at])]),
      )
    }
    default:
      return raw
  }
}

import * as v from 'valibot'
import type { AttributeDefinition } from '../../shared/definitions/attribute.ts'
import type { FeatureServiceDefinition } from '../../shared/definitions/feature-service.ts'
import type { FeatureViewDefinition } from '../../shared/definitions/stream-feature-view.ts'
import type { AnyType, Out } from '../../shared/fields/data-type.ts'
import type { GatewayHttp } from './gateway-http.ts'
import { unreadable } from './http-sentence.ts'
import { valueDecoder } from './row-decoder.ts'
import { readServedType, unservedValue } from './served-type.ts'

/** Features by `view.feature`, as a service's definition types them; null where there is none. */
export type FeatureValues<Service extends FeatureServiceDefinition> = Together<
  ViewValues<Service['features'][number]>
>

type ViewValues<View> =
  View extends FeatureViewDefinition<infer Name, infer Features>
    ? NamedValues<Name, Features[number]>
    : never
type NamedValues<View extends string, Feature extends AttributeDefinition> = {
  readonly [One in Feature as `${View}.${One['name']}`]: Out<One['dtype']> | null
}
/** All of a union's members at once. */
type Together<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? { [Name in keyof All]: All[Name] }
  : never

export interface FeatureReading<Values> {
  readonly values: Values
  /** `PRESENT`, `MISSING_DATA`, or `UNKNOWN` while a view is built anew. */
  readonly statuses: { readonly [Name in keyof Values]: string }
  /** The event times of the records that the values are of; null where there is none. */
  readonly effectiveTimes: { readonly [Name in keyof Values]: string | null }
  /** With `marks`: by view the cut of its source that the values are a fold of. */
  readonly marks?: { readonly [view: string]: { readonly source: string; readonly cut: string } }
}

export interface FeatureOptions {
  /** Asks for the cuts: `getDataframe({ cut })` gives the very rows. */
  readonly marks?: boolean
  readonly signal?: AbortSignal
}

const replySchema = v.object({
  result: v.object({ features: v.array(v.unknown()) }),
  metadata: v.object({
    features: v.array(
      v.object({
        name: v.string(),
        dataType: v.unknown(),
        status: v.string(),
        effectiveTime: v.nullish(v.string()),
      }),
    ),
    marks: v.optional(v.record(v.string(), v.object({ source: v.string(), cut: v.string() }))),
  }),
})

const path = '/feature-service/get-features'

/** Reads one entity's features. Cost: one call, tried again where it fails for now. */
export function readFeatures<Service extends FeatureServiceDefinition>(
  http: GatewayHttp,
  workspace: string,
  service: Service | string,
  joinKeys: { readonly [joinKey: string]: unknown },
  options: FeatureOptions,
): Promise<FeatureReading<FeatureValues<Service>>>
export async function readFeatures(
  http: GatewayHttp,
  workspace: string,
  service: FeatureServiceDefinition | string,
  joinKeys: { readonly [joinKey: string]: unknown },
  { marks = false, signal }: FeatureOptions,
): Promise<FeatureReading<Record<string, unknown>>> {
  const address = `${http.base}${path}`
  const { result, metadata } = await http.json(replySchema, path, {
    method: 'post',
    // It only reads, so it may be asked again.
    retry: { methods: ['post'] },
    ...(signal === undefined ? {} : { signal }),
    json: {
      params: {
        workspaceName: workspace,
        featureServiceName: typeof service === 'string' ? service : service.name,
        joinKeyMap: jsonKeys(joinKeys),
        metadataOptions: {
          includeNames: true,
          includeDataTypes: true,
          includeServingStatus: true,
          includeEffectiveTimes: true,
          includeMarks: marks,
        },
      },
    },
  })
  const { features } = result
  if (features.length !== metadata.features.length) {
    throw unreadable(address, `${features.length} values and ${metadata.features.length} names`)
  }
  const declared = typeof service === 'string' ? undefined : typesOf(service)
  const named = metadata.features.map(({ name, dataType, status, effectiveTime }, at) => {
    const value = decodeFeature(
      address,
      name,
      () => declared?.get(name) ?? readServedType(dataType),
      features[at],
    )
    return { name, value, status, effectiveTime: effectiveTime ?? null }
  })
  for (const name of declared?.keys() ?? []) {
    if (named.every(feature => feature.name !== name)) {
      throw unreadable(address, `the feature "${name}", which the definition here has, is missing`)
    }
  }
  if (marks && metadata.marks === undefined) throw unreadable(address, 'no marks')
  return {
    values: Object.fromEntries(named.map(({ name, value }) => [name, value])),
    statuses: Object.fromEntries(named.map(({ name, status }) => [name, status])),
    effectiveTimes: Object.fromEntries(
      named.map(({ name, effectiveTime }) => [name, effectiveTime]),
    ),
    ...(metadata.marks === undefined ? {} : { marks: metadata.marks }),
  }
}

function typesOf({ features }: FeatureServiceDefinition): ReadonlyMap<string, AnyType> {
  return new Map(
    features.flatMap(view =>
      view.features.map(({ name, dtype }) => [`${view.name}.${name}`, dtype] as const),
    ),
  )
}

function decodeFeature(
  address: string,
  name: string,
  type: () => AnyType,
  value: unknown,
): unknown {
  try {
    const dtype = type()
    return value === null ? null : valueDecoder(dtype)(unservedValue(dtype, value), name)
  } catch (cause) {
    throw unreadable(address, cause instanceof Error ? `${name}: ${cause.message}` : name, cause)
  }
}

/** Bigints are decimal text on the wire. */
function jsonKeys(joinKeys: { readonly [joinKey: string]: unknown }) {
  return Object.fromEntries(
    Object.entries(joinKeys).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? String(value) : value,
    ]),
  )
}

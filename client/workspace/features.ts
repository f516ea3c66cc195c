import type * as v from 'valibot'
import type { AttributeDefinition } from '../../shared/definitions/attribute.ts'
import type { FeatureServiceDefinition } from '../../shared/definitions/feature-service.ts'
import { servedFeatures } from '../../shared/definitions/served-features.ts'
import type { FeatureViewDefinition } from '../../shared/definitions/stream-feature-view.ts'
import type { AnyType, Out } from '../../shared/fields/data-type.ts'
import { ValidationError } from '../../shared/fields/validation-error.ts'
import { limits } from '../../shared/limits.ts'
import type { FeatureReading } from './feature-reading.ts'
import { batchSchema, ofOneRow, readingsOf, singleSchema } from './features-reply.ts'
import type { GatewayHttp } from './gateway-http.ts'
import { unreadable } from './http-sentence.ts'

/** Features by `view.feature`, as a service's definition types them; null where there is none. */
export type FeatureValues<Service extends FeatureServiceDefinition> = Together<
  ViewValues<Service['features'][number]>
>

type ViewValues<View> =
  View extends FeatureViewDefinition<infer Name, infer Features>
    ? NamedValues<Name, Features[number]>
    : never
type NamedValues<View extends string, Feature> = Feature extends AttributeDefinition
  ? { readonly [One in Feature as `${View}.${One['name']}`]: Out<One['dtype']> | null }
  : // Aggregates are named and typed by what they compute, which only the definition's check knows.
    { readonly [Name in `${View}.${string}`]: unknown }
/** All of a union's members at once. */
type Together<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? { [Name in keyof All]: All[Name] }
  : never

/** What names an entity: a value for each join key of the service. */
export interface JoinKeys {
  readonly [joinKey: string]: unknown
}

export interface FeatureOptions {
  /** Asks for the cuts: `getDataframe({ cut })` gives the very rows. */
  readonly marks?: boolean
  /** How long the gateway waits for its shards, 1 to 10,000; 2,000 unless given. With one nothing is tried again. */
  readonly latencyBudgetMs?: number
  /** Null, with its status, where something cannot be read in time or at all, instead of an error. */
  readonly allowPartialResults?: boolean
  /** Takes copies at the edge where a view's `edgeCache` allows them, and has them written; they are older. */
  readonly cache?: boolean
  /** What windows end at: the moment of the reading, or the entity's newest record; as each view says unless given. */
  readonly leadingEdge?: 'wall_clock' | 'latest_event_time'
  readonly signal?: AbortSignal
}

const singlePath = '/feature-service/get-features'
const batchPath = `${singlePath}-batch`
const leadingEdges = {
  wall_clock: 'AGGREGATION_MODE_WALL_CLOCK_TIME',
  latest_event_time: 'AGGREGATION_MODE_LATEST_EVENT_TIME',
} as const

/**
 * Reads features of entities, in their order. Cost: one call for each hundred, tried again where it fails for now
 * and no budget was given.
 */
export function readFeatures<Service extends FeatureServiceDefinition>(
  http: GatewayHttp,
  workspace: string,
  service: Service | string,
  rows: readonly JoinKeys[],
  options: FeatureOptions,
): Promise<readonly FeatureReading<FeatureValues<Service>>[]>
export async function readFeatures(
  http: GatewayHttp,
  workspace: string,
  service: FeatureServiceDefinition | string,
  rows: readonly JoinKeys[],
  options: FeatureOptions,
): Promise<readonly FeatureReading<Record<string, unknown>>[]> {
  const declared = typeof service === 'string' ? undefined : typesOf(service)
  const params = paramsOf(workspace, typeof service === 'string' ? service : service.name, options)
  const ask = <Schema extends v.GenericSchema>(schema: Schema, path: string, entities: object) =>
    http.json(schema, path, {
      method: 'post',
      // It only reads, so it may be asked again, but for whom an answer comes too late then.
      retry: options.latencyBudgetMs === undefined ? { methods: ['post'] } : 0,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      json: { params: { ...params, ...entities } },
    })

  const readings: FeatureReading<Record<string, unknown>>[] = []
  for (let from = 0; from < rows.length; from += limits.maxFeatureRows) {
    const keys = rows.slice(from, from + limits.maxFeatureRows).map(jsonKeys)
    const [only] = keys
    const path = keys.length === 1 ? singlePath : batchPath
    const reply =
      keys.length === 1
        ? ofOneRow(await ask(singleSchema, path, { joinKeyMap: only }))
        : await ask(batchSchema, path, {
            requestData: keys.map(joinKeyMap => ({ joinKeyMap })),
          })
    if (options.marks === true && reply.metadata.marks === undefined) {
      throw unreadable(`${http.base}${path}`, 'no marks')
    }
    readings.push(...readingsOf(`${http.base}${path}`, declared, keys.length, reply))
  }
  return readings
}

function paramsOf(
  workspaceName: string,
  featureServiceName: string,
  {
    marks = false,
    allowPartialResults = false,
    cache = false,
    latencyBudgetMs,
    leadingEdge,
  }: FeatureOptions,
) {
  return {
    workspaceName,
    featureServiceName,
    allowPartialResults,
    metadataOptions: {
      includeNames: true,
      includeDataTypes: true,
      includeServingStatus: true,
      includeEffectiveTimes: true,
      includeMarks: marks,
    },
    requestOptions: {
      readFromCache: cache,
      writeToCache: cache,
      ...(latencyBudgetMs === undefined ? {} : { latencyBudgetMs }),
      ...(leadingEdge === undefined ? {} : { aggregationLeadingEdge: edgeOf(leadingEdge) }),
    },
  }
}

function typesOf({ features }: FeatureServiceDefinition): ReadonlyMap<string, AnyType> {
  return new Map(
    features.flatMap(view =>
      servedFeatures(view).map(({ name, dtype }) => [`${view.name}.${name}`, dtype] as const),
    ),
  )
}

function edgeOf(name: string): string {
  const known = Object.entries(leadingEdges).find(([edge]) => edge === name)?.[1]
  if (known !== undefined) return known
  throw new ValidationError(
    `leadingEdge is ${Object.keys(leadingEdges).join(' or ')}, but received ${JSON.stringify(name)}.`,
  )
}

/** Bigints are decimal text on the wire. */
function jsonKeys(joinKeys: JoinKeys) {
  return Object.fromEntries(
    Object.entries(joinKeys).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? String(value) : value,
    ]),
  )
}

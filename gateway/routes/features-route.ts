import { formatCut } from '../../shared/cut.ts'
import type { AnyType } from '../../shared/fields/data-type.ts'
import { Refusal } from '../../shared/fields/refusal.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import type { ViewReading } from '../contracts/feature-shard-contract.ts'
import type { CompiledDefinitions, CompiledSource } from '../ingest/compiled-source.ts'
import { entityKeyOf } from '../online/entity-key.ts'
import { partitionKey } from '../online/fold-marks.ts'
import { readEntity } from '../online/read-entity.ts'
import type { Clock, Peers } from '../ports.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'
import { StaleDefinitions } from '../stale-definitions.ts'
import { type FeaturesRequest, parseFeaturesRequest } from './features-request.ts'
import { Problem } from './problem.ts'
import { columnType, servedFeatures } from './served-features.ts'
import { servedType, servedValue } from './served-value.ts'
import { withNewest } from './with-newest.ts'

interface ServedView {
  readonly view: ResolvedView
  readonly compiled: CompiledSource
}

interface FeatureReading {
  readonly name: string
  readonly value: unknown
  readonly dtype: AnyType
  readonly reading: ViewReading
}

interface ReadView {
  readonly features: readonly FeatureReading[]
  /** By view: the cut of its source that the values are a fold of; nothing while the view is not served. */
  readonly marks: { readonly [view: string]: { readonly source: string; readonly cut: string } }
}

/**
 * Answers `POST /api/v1/feature-service/get-features`: one entity's features in Tecton's shape, views in
 * alphabetical order. Cost: one call for each shard that holds some.
 */
export async function answerFeatures(
  ports: { readonly clock: Clock; readonly peers: Peers },
  text: string,
  definitionsFor: (
    workspace: string,
    suffices: (compiled: CompiledDefinitions) => boolean,
    seen?: number,
  ) => Promise<CompiledDefinitions>,
): Promise<Response> {
  const request = parseFeaturesRequest(text)
  const compiled = await definitionsFor(
    request.workspace,
    recent => serviceOf(recent, request) !== undefined,
  )
  const newest = (seen: number) => definitionsFor(request.workspace, () => false, seen)
  return withNewest(compiled, newest, async compiled => {
    const views = viewsOf(compiled, request)
    refuseUnknownKeys(request, views)
    const read = await Promise.all(
      views.map(served => readView(ports, compiled.definitions.workspaceId, served, request)),
    )
    return Response.json(replyOf(read, request))
  })
}

function serviceOf({ definitions }: CompiledDefinitions, request: FeaturesRequest) {
  return definitions.services.find(
    ({ name, id }) => name === request.serviceName || id === request.serviceId,
  )
}

function viewsOf(compiled: CompiledDefinitions, request: FeaturesRequest): ServedView[] {
  const { definitions, source } = compiled
  const service = serviceOf(compiled, request)
  if (service === undefined) {
    throw new Problem(
      'unknown_service',
      `No feature service "${(request.serviceName ?? request.serviceId ?? '').slice(0, 64)}" was applied to workspace "${request.workspace}".`,
    )
  }
  return [...service.views].sort().map(name => {
    for (const { name: sourceName, views } of definitions.sources) {
      const view = views.find(view => view.name === name)
      const compiled = source(sourceName)
      if (view !== undefined && compiled !== undefined) return { view, compiled }
    }
    throw new Problem('conflict', `The feature view "${name}" is not served online.`)
  })
}

async function readView(
  { clock, peers }: { readonly clock: Clock; readonly peers: Peers },
  workspaceId: string,
  { view, compiled }: ServedView,
  { joinKeyMap }: FeaturesRequest,
): Promise<ReadView> {
  const key = entityKeyOf(view.joinKeys, canonicalKeys(view, compiled, joinKeyMap))
  const { source } = compiled
  const { reading: found, marks, version } = await readEntity(peers, workspaceId, view, key)
  // Values of a newer schema would be served as what they are not.
  if (version > source.version) {
    throw new StaleDefinitions(`Source "${source.name}"`, version, source.version)
  }
  const reading = isExpired(found, view, clock) ? ({ status: 'missing' } as const) : found
  const features = servedFeatures(view, compiled).map(({ name, dtype }, at) => {
    const value = reading.status === 'present' ? reading.state.values[at] : null
    return {
      name: `${view.name}.${name}`,
      value: servedValue(dtype, value ?? null),
      dtype,
      reading,
    }
  })
  if (reading.status === 'unknown') return { features, marks: {} }
  const cut = Array.from({ length: source.partitions }, (_, partition) => ({
    partition,
    upTo: marks[partitionKey(source.id, partition)] ?? -1,
  }))
  return { features, marks: { [view.name]: { source: source.name, cut: formatCut(cut) } } }
}

function isExpired(reading: ViewReading, { ttlMs }: ResolvedView, clock: Clock): boolean {
  if (reading.status !== 'present' || ttlMs === undefined) return false
  return reading.state.eventTime < timestampOfMicros(BigInt(clock.now() - ttlMs) * 1_000n)
}

function canonicalKeys(
  { joinKeys }: ResolvedView,
  compiled: CompiledSource,
  joinKeyMap: FeaturesRequest['joinKeyMap'],
): { readonly [joinKey: string]: unknown } {
  return Object.fromEntries(
    joinKeys.map(name => {
      if (!Object.hasOwn(joinKeyMap, name)) {
        throw new Problem('malformed_request', `The join key "${name}" is missing in joinKeyMap.`)
      }
      const dtype = columnType(compiled, name)
      const checked = dtype['~check'](joinKeyValue(dtype, joinKeyMap[name]))
      if (!(checked instanceof Refusal)) return [name, checked]
      throw new Problem(
        'malformed_request',
        `The join key "${name}": expected ${checked.expected} but received ${checked.received}.`,
      )
    }),
  )
}

/** Tecton's clients know Int32 as int64, which they send as decimal text. */
function joinKeyValue({ kind }: AnyType, value: unknown): unknown {
  const isText = kind === 'int32' && typeof value === 'string'
  return isText && /^-?(?:0|[1-9]\d{0,9})$/.test(value) ? BigInt(value) : value
}

function refuseUnknownKeys({ joinKeyMap }: FeaturesRequest, views: readonly ServedView[]): void {
  const known = new Set(views.flatMap(({ view }) => view.joinKeys))
  const unknown = Object.keys(joinKeyMap).find(name => !known.has(name))
  if (unknown === undefined) return
  throw new Problem(
    'malformed_request',
    `The feature service has no join key "${unknown.slice(0, 64)}"; it has ${[...known].join(', ')}.`,
  )
}

const statuses = { present: 'PRESENT', missing: 'MISSING_DATA', unknown: 'UNKNOWN' } as const

/** `result` holds only `features`: Tecton's clients refuse anything beside it. */
function replyOf(read: readonly ReadView[], { metadata }: FeaturesRequest) {
  const features = read.flatMap(({ features }) => features)
  const result = { features: features.map(({ value }) => value) }
  if (metadata === undefined) return { result }
  return {
    result,
    metadata: {
      features: features.map(({ name, dtype, reading }) => ({
        ...(metadata.names ? { name } : {}),
        ...(metadata.dataTypes ? { dataType: servedType(dtype) } : {}),
        ...(metadata.effectiveTimes && reading.status === 'present'
          ? { effectiveTime: reading.state.eventTime }
          : {}),
        ...(metadata.servingStatus ? { status: statuses[reading.status] } : {}),
      })),
      ...(metadata.marks
        ? { marks: Object.fromEntries(read.flatMap(({ marks }) => Object.entries(marks))) }
        : {}),
    },
  }
}

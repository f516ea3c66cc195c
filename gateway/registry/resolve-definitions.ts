import { durationMs } from '../../shared/definitions/duration.ts'
import { schemaChange } from '../../shared/definitions/schema-change.ts'
import { sortedJson } from '../../shared/definitions/sorted-json.ts'
import type { FeatureViewDefinition } from '../../shared/definitions/stream-feature-view.ts'
import {
  type AnySource,
  eventTimeFieldOf,
  recordFieldsOf,
} from '../../shared/definitions/stream-source.ts'
import { encodePostProcessor } from '../../shared/expressions/post-processor.ts'
import { decodeFields, encodeFields } from '../../shared/fields/encode-fields.ts'
import type { WorkspaceDefinitions } from '../../shared/workspace-definitions.ts'
import { resolveFeatures } from './resolve-features.ts'
import type {
  EarlierSchema,
  EntitySet,
  ResolvedDefinitions,
  ResolvedSource,
  ResolvedTranslator,
  ResolvedView,
} from './resolved-definitions.ts'

export interface ResolveContext {
  readonly workspaceId: string
  readonly version: number
  readonly hash: string
  readonly nowUs: number
  readonly previous: ResolvedDefinitions | undefined
  /** What gets another id under the same name, as `KIND NAME`. */
  readonly recreated: ReadonlySet<string>
  /** What is declared otherwise than before, as `KIND NAME`. */
  readonly changed: ReadonlySet<string>
  /** Mints an id; names never become ids, since a source made again is another source. */
  mint(): string
}

/** Resolves definitions to ids: kept objects keep theirs, new ones get minted ones. */
export function resolveDefinitions(
  definitions: WorkspaceDefinitions,
  context: ResolveContext,
): ResolvedDefinitions {
  const { workspaceId, version, hash, previous, mint } = context
  const entitySets = new Map(previous?.entitySets.map(set => [set.joinKeys, set]))
  const sources = definitions.sources.map(source =>
    resolveSource(source, definitions.featureViews, context, entitySets),
  )
  return {
    format: 1,
    workspaceId,
    workspace: definitions.name,
    live: definitions.live,
    version,
    hash,
    sources,
    services: definitions.featureServices.map(({ name, features }) => ({
      id: previous?.services.find(service => service.name === name)?.id ?? mint(),
      name,
      views: features.map(view => view.name),
    })),
    entitySets: [...entitySets.values()],
  }
}

function resolveSource(
  source: AnySource,
  allViews: readonly FeatureViewDefinition[],
  { workspaceId, version, nowUs, previous, recreated, changed, mint }: ResolveContext,
  entitySets: Map<string, EntitySet>,
): ResolvedSource {
  const key = `stream_source ${source.name}`
  const known = recreated.has(key)
    ? undefined
    : previous?.sources.find(({ name }) => name === source.name)
  const idOf = (view: string) =>
    recreated.has(`stream_feature_view ${view}`)
      ? undefined
      : known?.views.find(({ name }) => name === view)?.id
  const views = allViews
    .filter(view => view.online && view.source.name === source.name)
    .map(view => resolveView(view, idOf(view.name) ?? mint(), mint, entitySets))
  const fields = encodeFields(recordFieldsOf(source))
  const translator = resolveTranslator(source)
  const earlier = earlierSchemas(known, fields, version)
  const eventTimeField = eventTimeFieldOf(source)
  const { description, owner } = source
  const { retention, partitions } = source.streamConfig
  const resolved: ResolvedSource = {
    id: known?.id ?? mint(),
    workspaceId,
    name: source.name,
    version,
    fields,
    ...(translator === undefined ? {} : { translator }),
    ...(earlier.length === 0 ? {} : { earlier }),
    ...(eventTimeField === undefined ? {} : { eventTimeField }),
    logOffline: source.streamConfig.logOffline,
    ...(retention === undefined ? {} : { retentionMs: durationMs(retention) }),
    partitions,
    views,
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
    tags: source.tags,
    createdUs: known?.createdUs ?? nowUs,
    // Its views and shards are no part of what it was declared as.
    modifiedUs: known === undefined || changed.has(key) ? nowUs : known.modifiedUs,
  }
  // A source that is what it was keeps its version: nobody need be told.
  const { modifiedUs } = resolved
  return known !== undefined && isSame(known, resolved) ? { ...known, modifiedUs } : resolved
}

function isSame(known: ResolvedSource, resolved: ResolvedSource): boolean {
  const { version, modifiedUs } = known
  return sortedJson(known) === sortedJson({ ...resolved, version, modifiedUs })
}

function resolveTranslator({ schema, streamConfig }: AnySource): ResolvedTranslator | undefined {
  const { postProcessor } = streamConfig
  if (postProcessor === undefined) return undefined
  return { fields: encodeFields(schema), postProcessor: encodePostProcessor(postProcessor) }
}

/** The schemas before the present one that admitted records of another form. */
function earlierSchemas(
  known: ResolvedSource | undefined,
  fields: ResolvedSource['fields'],
  until: number,
): readonly EarlierSchema[] {
  if (known === undefined) return []
  const { earlier = [] } = known
  const change = schemaChange(decodeFields(known.fields), decodeFields(fields))
  const isSameForm =
    change.compatible &&
    change.differences.every(({ kind }) => kind !== 'added' && kind !== 'reordered')
  return isSameForm ? earlier : [...earlier, { until, fields: known.fields }]
}

function resolveView(
  view: FeatureViewDefinition,
  id: string,
  mint: () => string,
  entitySets: Map<string, EntitySet>,
): ResolvedView {
  const joinKeys = view.entities.flatMap(entity => entity.joinKeys)
  const { id: entitySetId, shards } = entitySetOf(joinKeys, mint, entitySets)
  const { description, tags, edgeCache } = view
  return {
    id,
    name: view.name,
    entitySetId,
    joinKeys: joinKeys.map(({ name }) => name),
    shards,
    timestampField: view.timestampField,
    ...(view.ttl === undefined ? {} : { ttlMs: durationMs(view.ttl) }),
    ...resolveFeatures(view),
    ...(edgeCache === undefined ? {} : { edgeCacheMs: durationMs(edgeCache.maxAge) }),
    ...(description === undefined ? {} : { description }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  }
}

/** Views with the same join keys, by name and type, share their entities' state. */
function entitySetOf(
  joinKeys: FeatureViewDefinition['entities'][number]['joinKeys'],
  mint: () => string,
  entitySets: Map<string, EntitySet>,
): EntitySet {
  const key = JSON.stringify(encodeFields(joinKeys).map(({ name, dtype }) => [name, dtype]))
  const set = entitySets.get(key) ?? { id: mint(), joinKeys: key, shards: 1 }
  entitySets.set(key, set)
  return set
}

import * as v from 'valibot'
import type { AggregateFunction } from '../../shared/aggregates/aggregate-function.ts'
import type { AggregationWindow } from '../../shared/aggregates/aggregation-window.ts'
import { readFunction } from '../../shared/definitions/aggregation-functions.ts'
import { readWindow } from '../../shared/definitions/time-windows.ts'
import { type LeadingEdge, leadingEdges } from '../../shared/definitions/view-aggregation.ts'

/** One column of a source or view as the canonical JSON writes it; `decodeFields` revives its type. */
export type FieldJson = unknown

/** What a view serves, where it is more than columns of its source's rows. */
export interface ResolvedFeature {
  readonly name: string
  /** Its type as canonical JSON writes it. */
  readonly dtype: FieldJson
  readonly description?: string
  readonly tags?: { readonly [tag: string]: string }
}

/** An aggregate of a column's values in a window of time. */
export interface ResolvedAggregate {
  readonly name: string
  readonly column: string
  readonly columnKind: string
  readonly function: AggregateFunction
  readonly window: AggregationWindow
}

/** How a view aggregates. */
export interface ResolvedAggregation {
  /** Absent: continuously. */
  readonly intervalMs?: number
  readonly secondaryKey?: { readonly name: string; readonly kind: string }
  readonly leadingEdge?: LeadingEdge
  /** Windows whose secondary keys are served, in order, before the aggregates. */
  readonly keys: readonly AggregationWindow[]
  readonly aggregates: readonly ResolvedAggregate[]
}

export interface ResolvedView {
  readonly id: string
  readonly name: string
  /** Views with the same join keys share their entities' state. */
  readonly entitySetId: string
  readonly joinKeys: readonly string[]
  /** The number of feature shards of the entity set, a power of two. */
  readonly shards: number
  readonly timestampField: string
  /** Values older than this are not served; absent: they are for ever. */
  readonly ttlMs?: number
  /** Names of what it serves, in order; columns of its rows unless it aggregates. */
  readonly features: readonly string[]
  readonly aggregation?: ResolvedAggregation
  /** A filter and derived columns, as canonical JSON writes them. */
  readonly transformation?: FieldJson
  /** Absent: its features are columns of its source's rows. */
  readonly served?: readonly ResolvedFeature[]
  /** How old a copy at the edge may be that is served; absent: there is none. */
  readonly edgeCacheMs?: number
  readonly description?: string
  /** Absent: none. */
  readonly tags?: { readonly [tag: string]: string }
}

/** A schema that records below a version of the workspace were admitted by. */
export interface EarlierSchema {
  readonly until: number
  readonly fields: readonly FieldJson[]
}

/** The schema of a source's rows, and how they are made, as canonical JSON writes both. */
export interface ResolvedTranslator {
  readonly fields: readonly FieldJson[]
  readonly postProcessor: unknown
}

/** A source as the gateway works with it: its ids, its schema and the views that read it. */
export interface ResolvedSource {
  readonly id: string
  readonly workspaceId: string
  readonly name: string
  /** The workspace's version at which this source or one of its views last changed. */
  readonly version: number
  readonly fields: readonly FieldJson[]
  /** How rows are made of records, where they are others; then `fields` are what is pushed and stored. */
  readonly translator?: ResolvedTranslator
  /** Schemas that it had before, oldest first, where records of them lack fields or have another order. */
  readonly earlier?: readonly EarlierSchema[]
  readonly eventTimeField?: string
  readonly logOffline: boolean
  /** Records older than this leave the offline log; absent: they stay for ever. */
  readonly retentionMs?: number
  readonly partitions: number
  readonly views: readonly ResolvedView[]
  readonly description?: string
  readonly owner?: string
  readonly tags: { readonly [tag: string]: string }
  readonly createdUs: number
  readonly modifiedUs: number
}

export interface ResolvedService {
  readonly id: string
  readonly name: string
  /** Names of its views, in order. */
  readonly views: readonly string[]
}

export interface EntitySet {
  readonly id: string
  /** Names and types of the join keys, as JSON text. */
  readonly joinKeys: string
  /** The number of its feature shards, a power of two. */
  readonly shards: number
}

/** What an apply produced, resolved to ids: the one form that Worker, partitions and shards read. */
export interface ResolvedDefinitions {
  readonly format: 1
  readonly workspaceId: string
  readonly workspace: string
  readonly live: boolean
  readonly version: number
  readonly hash: string
  readonly sources: readonly ResolvedSource[]
  readonly services: readonly ResolvedService[]
  readonly entitySets: readonly EntitySet[]
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** Stored plain data is read by the rule that made it. */
const windowSchema = v.pipe(
  v.unknown(),
  v.transform(value => readWindow('A stored window', value)),
)
const functionSchema = v.pipe(
  v.unknown(),
  v.transform(value => readFunction('A stored function', value)),
)
const viewSchema = v.object({
  id: v.string(),
  name: v.string(),
  entitySetId: v.string(),
  joinKeys: v.array(v.string()),
  shards: count,
  timestampField: v.string(),
  ttlMs: v.exactOptional(count),
  features: v.array(v.string()),
  aggregation: v.exactOptional(
    v.object({
      intervalMs: v.exactOptional(count),
      secondaryKey: v.exactOptional(v.object({ name: v.string(), kind: v.string() })),
      leadingEdge: v.exactOptional(v.picklist(leadingEdges)),
      keys: v.array(windowSchema),
      aggregates: v.array(
        v.object({
          name: v.string(),
          column: v.string(),
          columnKind: v.string(),
          function: functionSchema,
          window: windowSchema,
        }),
      ),
    }),
  ),
  transformation: v.exactOptional(v.unknown()),
  served: v.exactOptional(
    v.array(
      v.object({
        name: v.string(),
        dtype: v.unknown(),
        description: v.exactOptional(v.string()),
        tags: v.exactOptional(v.record(v.string(), v.string())),
      }),
    ),
  ),
  edgeCacheMs: v.exactOptional(count),
  description: v.exactOptional(v.string()),
  tags: v.exactOptional(v.record(v.string(), v.string())),
})
const sourceSchema = v.object({
  id: v.string(),
  workspaceId: v.string(),
  name: v.string(),
  version: count,
  fields: v.array(v.unknown()),
  translator: v.exactOptional(
    v.object({ fields: v.array(v.unknown()), postProcessor: v.unknown() }),
  ),
  earlier: v.exactOptional(v.array(v.object({ until: count, fields: v.array(v.unknown()) }))),
  eventTimeField: v.exactOptional(v.string()),
  logOffline: v.boolean(),
  retentionMs: v.exactOptional(count),
  partitions: count,
  views: v.array(viewSchema),
  description: v.exactOptional(v.string()),
  owner: v.exactOptional(v.string()),
  tags: v.record(v.string(), v.string()),
  createdUs: count,
  modifiedUs: count,
})
const definitionsSchema = v.object({
  format: v.literal(1, 'These definitions have another format; a newer gateway wrote them.'),
  workspaceId: v.string(),
  workspace: v.string(),
  live: v.boolean(),
  version: count,
  hash: v.string(),
  sources: v.array(sourceSchema),
  services: v.array(v.object({ id: v.string(), name: v.string(), views: v.array(v.string()) })),
  entitySets: v.array(v.object({ id: v.string(), joinKeys: v.string(), shards: count })),
})

/** Reads a stored source; throws where it is damaged or of another format. */
export function decodeResolvedSource(value: unknown): ResolvedSource {
  return v.parse(sourceSchema, value)
}

/** Reads stored definitions; throws where they are damaged or of another format. */
export function decodeResolvedDefinitions(value: unknown): ResolvedDefinitions {
  return v.parse(definitionsSchema, value)
}

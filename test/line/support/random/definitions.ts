import { col, columns, isNull, not, postProcess } from '../../../../shared/expressions.ts'
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../../shared/index.ts'
import type { AnyField } from '../../../../shared/types.ts'
import { fieldOf, type ScalarKind } from './shapes.ts'
import type { RandomSource, RandomView, World } from './world.ts'

export interface ServedViews {
  readonly service: string
  /** Of all its views, in order. */
  readonly keys: readonly { readonly name: string; readonly kind: ScalarKind }[]
  readonly views: readonly RandomView[]
}

/** How many partitions a source has in a phase. */
export function partitionsIn({ partitions, doubles, since }: RandomSource, phase: 0 | 1): number {
  return doubles && phase > since ? partitions * 2 : partitions
}

/** The definition of a source as it is in a phase. */
export function sourceIn(source: RandomSource, phase: 0 | 1) {
  const schema = source.columns.map(fieldOf)
  const config = {
    logOffline: true,
    timestampField: source.eventTime,
    partitions: partitionsIn(source, phase),
  }
  const sent = schema.toReversed()
  const streamConfig = source.translated
    ? PushConfig({
        ...config,
        inputSchema: sent,
        postProcessor: postProcess({
          filter: not(isNull(sentTime(sent, source))),
          select: columns(sent),
        }),
      })
    : PushConfig(config)
  return StreamSource({ name: source.name, streamConfig, schema })
}

function sentTime(sent: readonly AnyField[], { eventTime }: RandomSource) {
  const field = sent.find(({ name }) => name === eventTime)
  if (field === undefined) throw new Error('A source has no event time.')
  return col(field)
}

/** Views of one phase by what they are looked up by: name and type of their join keys, in order. */
export function servicesOf(world: World, phase: 0 | 1): ServedViews[] {
  const sets = new Map<string, RandomView[]>()
  for (const view of world.views) {
    if (view.source.since > phase) continue
    const key = JSON.stringify(keysOf(view))
    sets.set(key, [...(sets.get(key) ?? []), view])
  }
  return [...sets.values()].flatMap((views, at) =>
    views[0] === undefined
      ? []
      : [{ service: `phase${phase}:${at}`, keys: keysOf(views[0]), views }],
  )
}

/** What to apply in a phase: everything that exists by then, those of the phase before unchanged. */
export function definitionsIn(world: World, phase: 0 | 1): unknown[] {
  const sources = new Map(
    world.sources
      .filter(({ since }) => since <= phase)
      .map(source => [source.name, sourceIn(source, phase)]),
  )
  const views = new Map(
    world.views.flatMap(view => {
      const source = sources.get(view.source.name)
      return source === undefined ? [] : [[view, viewOf(view, source)] as const]
    }),
  )
  const services = [...servicesOf(world, 0), ...(phase === 1 ? servicesOf(world, 1) : [])]
  return [
    ...sources.values(),
    ...views.values(),
    ...services.map(({ service, views: served }) =>
      FeatureService({
        name: service,
        features: served.flatMap(view => views.get(view) ?? []),
      }),
    ),
  ]
}

function viewOf(view: RandomView, source: ReturnType<typeof sourceIn>) {
  const { name, entities, features, orderedBy, ttl } = view
  return StreamFeatureView({
    name,
    source,
    entities: entities.map(entity =>
      Entity({
        name: entity.name,
        joinKeys: entity.keys.map(({ name, kind }) =>
          fieldOf({ name, shape: { kind }, nullable: false }),
        ),
      }),
    ),
    timestampField: orderedBy,
    features: features.map(column => {
      const { name, dtype } = fieldOf(column)
      return Attribute(name, dtype)
    }),
    ...(ttl === undefined ? {} : { ttl }),
  })
}

function keysOf({ entities }: RandomView) {
  return entities.flatMap(({ keys }) => keys)
}

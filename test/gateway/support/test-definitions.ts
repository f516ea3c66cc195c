import {
  type AnySource,
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import { Field, Float64, Int64, String, Timestamp } from '../../../shared/types.ts'
import { canonicalJson, workspaceDefinitions } from '../../../shared/workspace-definitions.ts'

export const user = Entity({ name: 'user', joinKeys: [Field('user', String)] })

/** A source of clicks: a text key, an event time, an exact integer and a nullable number. */
export function clicksSource(name = 'clicks', options: { readonly logOffline?: boolean } = {}) {
  return StreamSource({
    name,
    streamConfig: PushConfig({ logOffline: options.logOffline ?? true, timestampField: 'at' }),
    schema: [
      Field('user', String),
      Field('at', Timestamp),
      Field('n', Int64),
      Field('score', Float64, { nullable: true }),
    ],
  })
}

/** A view of the latest click of each user, and the service that serves it. */
export function latestClick(source: ReturnType<typeof clicksSource>, ttl?: '1h') {
  const view = StreamFeatureView({
    name: `latest_${source.name}`,
    source,
    entities: [user],
    features: [Attribute('n', Int64), Attribute('score', Float64)],
    ...(ttl === undefined ? {} : { ttl }),
  })
  return { view, service: FeatureService({ name: `${source.name}_features`, features: [view] }) }
}

/** A source without event time and view: it only keeps what is pushed. */
export function plainSource(name: string, partitions = 1): AnySource {
  return StreamSource({
    name,
    streamConfig: PushConfig({ logOffline: true, partitions }),
    schema: [Field('n', Int64)],
  })
}

/** Canonical JSON of definitions of a workspace. */
export function canonicalOf(
  workspace: string,
  objects: readonly unknown[],
  live: boolean = true,
): string {
  return canonicalJson(workspaceDefinitions({ name: workspace, live }, objects))
}

/** A click at a second of 2026-01-02. */
export function click(user: string, n: number, second = n) {
  return { user, at: new Date(1_767_312_000_000 + second * 1_000).toISOString(), n }
}

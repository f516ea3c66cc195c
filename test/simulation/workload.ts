import { Attribute } from '../../shared/definitions/attribute.ts'
import { Entity } from '../../shared/definitions/entity.ts'
import { FeatureService } from '../../shared/definitions/feature-service.ts'
import { PushConfig } from '../../shared/definitions/push-config.ts'
import { StreamFeatureView } from '../../shared/definitions/stream-feature-view.ts'
import { StreamSource } from '../../shared/definitions/stream-source.ts'
import { Field, Int64, String, Timestamp } from '../../shared/types.ts'
import { canonicalJson, workspaceDefinitions } from '../../shared/workspace-definitions.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimRecord } from './sim-device.ts'

export const workspace = 'sim'
export const workspaceId = 'aaaaaaaaaa-auto'
/** Virtual runs begin here; event times lie around it. */
export const startMs = Date.UTC(2026, 0, 1)

/** One source with a view, in the number of partitions that the seed draws. */
export function definitionsOf(partitions: number) {
  const source = StreamSource({
    name: 'events',
    streamConfig: PushConfig({ logOffline: true, timestampField: 'at', partitions }),
    schema: [
      Field('id', String),
      Field('entity', String),
      Field('at', Timestamp),
      Field('n', Int64),
    ],
  })
  const entity = Entity({ name: 'entity', joinKeys: [Field('entity', String)] })
  const view = StreamFeatureView({
    name: 'latest',
    source,
    entities: [entity],
    features: [Attribute('id', String), Attribute('n', Int64)],
  })
  const service = FeatureService({ name: 'service', features: [view] })
  const definitions = workspaceDefinitions({ name: workspace, live: true }, [service])
  return { source, canonical: canonicalJson(definitions) }
}

/** A record of a device: few entities, times that collide and run backwards, some that are refused. */
export function drawRecord(random: SeededRandom, device: number, count: number): SimRecord {
  const future = random() < 0.1
  const offsetMs = future ? 10 * 86_400_000 : Math.floor(random() * 8) * 1_000 - 4_000
  return {
    id: `d${device}-${count}`,
    entity: `e${Math.floor(random() * 5)}`,
    at: new Date(startMs + offsetMs).toISOString(),
    n: Math.floor(random() * 1_000),
  }
}

/** Whether the gateway refuses the record: its event time lies more than a day ahead. */
export function isRefused(record: SimRecord): boolean {
  return Date.parse(record.at) > startMs + 5 * 86_400_000
}

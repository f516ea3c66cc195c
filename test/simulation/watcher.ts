import { auditWorkspace } from '../../gateway/audit/audit-workspace.ts'
import { messageFormat } from '../../gateway/contracts/message.ts'
import { compileDefinitions } from '../../gateway/ingest/compiled-source.ts'
import { readDataFrame } from '../../gateway/offline/data-frame.ts'
import { frameNdjson } from '../../gateway/offline/frame-ndjson.ts'
import { addedFields } from '../../gateway/offline/parquet-schema.ts'
import { entityKeyOf } from '../../gateway/online/entity-key.ts'
import {
  type EntitiesRead,
  type EntityReading,
  readAtShards,
} from '../../gateway/online/read-entities.ts'
import type {
  ResolvedDefinitions,
  ResolvedSource,
  ResolvedView,
} from '../../gateway/registry/resolved-definitions.ts'
import { withNewest } from '../../gateway/routes/with-newest.ts'
import { type SchemaVersions, schemaVersions } from '../../gateway/schema-versions.ts'
import type { Actor } from './actor.ts'
import { countOf } from './fold-counted.ts'
import type { FrameRow } from './oracles.ts'
import { readInMidFlow } from './read-in-mid-flow.ts'
import { readOldList } from './read-old-list.ts'
import type { SimWorld } from './sim-world.ts'
import type { VirtualTime } from './virtual-time.ts'
import { workspaceId } from './workload.ts'

export interface FeatureReading {
  readonly status: string
  readonly id?: unknown
  readonly eventTime?: string
  /** How many records the state was folded from. */
  readonly count?: number
}

/** Reads what the gateway says, as its readers do, and goes on until it is answered. */
export interface Watcher {
  definitions(): Promise<ResolvedDefinitions>
  /** The whole data frame, read without faults; a reading that fails is begun again. */
  frame(source: ResolvedSource, tries?: number): Promise<FrameRow[]>
  /** The same in mid-flow, as anybody reads it: through delays and faults, for so long at most. */
  frameInMidFlow(source: ResolvedSource, wrong: string[]): Promise<FrameRow[]>
  /** Reads the parts of a list that is `waitMs` old; gives sentences on what is wrong. */
  oldList(source: ResolvedSource, waitMs: number): Promise<string[]>
  /** The view's reading of an entity: the served id and how many records were folded, or why there is none. */
  feature(
    view: ResolvedView,
    entity: { readonly [joinKey: string]: unknown },
  ): Promise<FeatureReading>
  /** Views of entities, as their shards give them. */
  read(entities: EntitiesRead): Promise<readonly (readonly [key: string, reading: EntityReading])[]>
  /** Tries again, with some rest, until it works. */
  persist<T>(work: () => Promise<T>, isOver?: (tries: number) => boolean): Promise<T>
  /** What the live audit says that does not agree; `deep` reads every part. */
  audit(deep: boolean): Promise<readonly string[]>
}

const added = ['_partition', '_offset', '_ingest_ts', '_version']
const columnsOf = ({ fields }: Pick<SchemaVersions, 'fields'>) => [
  ...fields.map(({ name }) => name),
  ...added,
]
const maxTries = 400
/** A reader has a whole data frame by then, or gives up: outages are shorter. */
const frameMs = 60_000

/** Gives a watcher; its own calls meet no faults, those that they cause do. */
export function createWatcher(world: SimWorld, time: VirtualTime): Watcher {
  const ports = world.watching
  const self: Actor = { name: 'reader', life: 0, gate: async () => {}, crash: () => {} }
  const reader = world.portsFor(self)

  const persist: Watcher['persist'] = async (work, isOver = tries => tries >= maxTries) => {
    for (let tries = 1; ; tries++) {
      try {
        return await work()
      } catch (cause) {
        if (isOver(tries)) throw cause
        await time.sleep(200)
      }
    }
  }

  const readFrame = async (source: ResolvedSource) => {
    const versions = schemaVersions(source)
    const query = {
      workspaceId,
      sourceId: source.id,
      partitions: source.partitions,
      fields: versions.fields,
      definitionVersion: source.version,
      making: versions,
      columns: columnsOf(versions),
      eventTimeField: 'at',
    }
    let text = ''
    const shown = [...query.fields, ...addedFields]
    const steps = readDataFrame({ ...ports, clock: reader.clock }, query)
    for await (const lines of frameNdjson(shown, steps)) text += lines
    const lines = text.split('\n').filter(line => line !== '')
    return lines.map((line): FrameRow => JSON.parse(line))
  }

  const definitions = (seen?: number) =>
    persist(async () => {
      const registry = ports.peers.registry(workspaceId)
      const message = { format: messageFormat, ...(seen === undefined ? {} : { seen }) }
      const found = await registry.definitions(message)
      if (found === undefined) throw new Error('Nothing was applied.')
      return found
    })

  return {
    persist,
    definitions: () => definitions(),
    frame: (source, most = maxTries) =>
      persist(
        () => readFrame(source),
        tries => tries >= most,
      ),
    async frameInMidFlow({ name }, wrong) {
      const sourceOf = async (seen?: number) => {
        const compiled = compileDefinitions(await definitions(seen)).source(name)
        if (compiled === undefined) throw new Error(`There is no source ${name}.`)
        return compiled
      }
      const first = await sourceOf()
      const untilMs = time.now() + frameMs
      return persist(
        () =>
          withNewest(first, sourceOf, compiled =>
            readInMidFlow(reader, time, compiled, columnsOf(compiled), wrong),
          ),
        () => time.now() >= untilMs,
      )
    },
    async audit(deep) {
      const { clock } = reader
      const compiled = compileDefinitions(await definitions())
      const { agree, partitions } = await auditWorkspace({ ...ports, clock }, compiled, deep)
      const said = partitions.flatMap(({ source, partition, wrong }) =>
        wrong.map(sentence => `${source}/${partition}: ${sentence}`),
      )
      if (agree !== (said.length === 0)) said.push('it says both that it agrees and that not')
      return said
    },
    oldList: (source, waitMs) => readOldList(reader, time, source, waitMs),
    read: entities => readAtShards(ports.peers, workspaceId, entities),
    feature: (view, entity) =>
      persist(async () => {
        const key = entityKeyOf(view.joinKeys, entity)
        const { id, entitySetId, shards } = view
        const [[, { readings }] = ['', { readings: [] }]] = await readAtShards(
          ports.peers,
          workspaceId,
          { entitySetId, shards, viewIds: [id], keys: new Set([key]) },
        )
        const [reading = { status: 'unknown' } as const] = readings
        if (reading.status !== 'present') return { status: reading.status }
        return {
          status: 'present',
          id: reading.state.values[0],
          eventTime: reading.state.eventTime,
          count: countOf(reading.state),
        }
      }),
  }
}

import { utf8Length } from '../../shared/utf8-length.ts'
import { type AgedCopy, readCopies } from '../online/read-copies.ts'
import { type EntitiesRead, type EntityAnswer, readEntities } from '../online/read-entities.ts'
import type { Clock, FeatureCopies, Peers, Report } from '../ports.ts'
import type { EntityKeys } from './entity-keys.ts'
import type { RequestOptions } from './features-options.ts'
import type { ServedView } from './requested-service.ts'
import { copyRow, shardRow, type ViewRow } from './view-row.ts'

export interface FeaturesPorts {
  readonly clock: Clock
  readonly copies: FeatureCopies
  readonly peers: Peers
  readonly report: Report
}

/** One row of a request. */
export interface ReadRow {
  /** In the order of the views. */
  readonly views: readonly ViewRow[]
  /** The longest that one of its shards took to answer; nothing where none was asked, or none did. */
  readonly longestMs?: number
}

export interface ReadRows {
  readonly rows: readonly ReadRow[]
  /** Bytes, as JSON, of what the shards said of the entities; 0 unless asked for. */
  readonly bytes: number
}

/** What the shards of one entity set were asked for, and what they said by entity key. */
interface Asked {
  readonly viewIds: readonly string[]
  readonly answers: ReadonlyMap<string, EntityAnswer>
}

type Copies = ReadonlyMap<ServedView, ReadonlyMap<string, AgedCopy>>

/**
 * Reads rows of views until `untilMs`; throws a StaleDefinitions where a shard knows a newer one. Cost: one call
 * for each entity set and shard that has some of the rows, each entity once; none for what copies at the edge
 * have, where the request takes those.
 */
export async function readRows(
  ports: FeaturesPorts,
  workspaceId: string,
  views: readonly ServedView[],
  keys: readonly EntityKeys[],
  options: RequestOptions,
  { untilMs, countsBytes }: { readonly untilMs: number; readonly countsBytes: boolean },
): Promise<ReadRows> {
  const copies = await copiesOf(ports, workspaceId, views, keys, options, untilMs)
  const wanted = setsOf(views, keys, copies, options)
  const answers = await readEntities(ports, workspaceId, wanted, untilMs)
  const asked = new Map(
    wanted.map(({ entitySetId, viewIds }, at): [string, Asked] => [
      entitySetId,
      { viewIds, answers: answers[at] ?? new Map() },
    ]),
  )
  const rows = keys.map(key => {
    const tooks = [...asked].flatMap(([entitySetId, { answers }]) => {
      const answer = answers.get(key.get(entitySetId) ?? '')
      return answer?.status === 'read' ? [answer.tookMs] : []
    })
    return {
      views: views.map(served => rowOf(ports.clock, served, key, asked, copies)),
      ...(tooks.length === 0 ? {} : { longestMs: Math.max(...tooks) }),
    }
  })
  return { rows, bytes: countsBytes ? bytesOf(answers) : 0 }
}

/** What a shard says, else a copy; why there is neither. */
function rowOf(
  clock: Clock,
  served: ServedView,
  key: EntityKeys,
  asked: ReadonlyMap<string, Asked>,
  copies: Copies,
): ViewRow {
  const { id, entitySetId } = served.view
  const entityKey = key.get(entitySetId) ?? ''
  const set = asked.get(entitySetId)
  const answer: EntityAnswer = set?.answers.get(entityKey) ?? { status: 'failed' }
  const place = set?.viewIds.indexOf(id) ?? -1
  if (answer.status === 'read' && place >= 0) {
    return shardRow(served, answer.reading, place, clock.now())
  }
  const copy = copies.get(served)?.get(entityKey)
  if (copy !== undefined) return copyRow(served, copy, clock.now())
  return { reading: answer.status === 'read' ? { status: 'failed' } : answer }
}

/** The copies that a request takes: half of its time is left to the shards. */
async function copiesOf(
  ports: FeaturesPorts,
  workspaceId: string,
  views: readonly ServedView[],
  keys: readonly EntityKeys[],
  { readFromCache, leadingEdge }: RequestOptions,
  untilMs: number,
): Promise<Copies> {
  // Copies are of the edge that each view says.
  if (!readFromCache || leadingEdge !== undefined) return new Map()
  const copied = views.flatMap(served => {
    const { id, entitySetId, edgeCacheMs } = served.view
    if (edgeCacheMs === undefined) return []
    const { version } = served.compiled.source
    const entityKeys = new Set(keys.map(key => key.get(entitySetId) ?? ''))
    return [{ served, viewId: id, version, entityKeys, maxAgeMs: edgeCacheMs }]
  })
  if (copied.length === 0) return new Map()
  const halfMs = (ports.clock.now() + untilMs) / 2
  const read = await readCopies(ports, workspaceId, copied, halfMs)
  return new Map(copied.map(({ served }, at) => [served, read[at] ?? new Map()]))
}

/** What is left to ask the shards for: entities that lack the copy of some view, and those views. */
function setsOf(
  views: readonly ServedView[],
  keys: readonly EntityKeys[],
  copies: Copies,
  { leadingEdge, writeToCache }: RequestOptions,
): readonly EntitiesRead[] {
  return [...Map.groupBy(views, ({ view }) => view.entitySetId)].flatMap(
    ([entitySetId, served]) => {
      const all = [...new Set(keys.map(key => key.get(entitySetId) ?? ''))]
      const lacks = (one: ServedView, key: string) => copies.get(one)?.has(key) !== true
      const lacking = all.filter(key => served.some(one => lacks(one, key)))
      const wanted = served.filter(one => all.some(key => lacks(one, key))).map(({ view }) => view)
      if (lacking.length === 0) return []
      const lives = wanted.flatMap(({ id, edgeCacheMs }) =>
        edgeCacheMs === undefined ? [] : [[id, edgeCacheMs] as const],
      )
      const isCopied = writeToCache && leadingEdge === undefined && lives.length > 0
      return {
        entitySetId,
        shards: Math.max(...served.map(({ view }) => view.shards)),
        viewIds: wanted.map(({ id }) => id),
        keys: new Set(lacking),
        ...(leadingEdge === undefined ? {} : { leadingEdge }),
        ...(isCopied ? { copies: Object.fromEntries(lives) } : {}),
      }
    },
  )
}

function bytesOf(answers: readonly ReadonlyMap<string, EntityAnswer>[]): number {
  return answers
    .flatMap(of => [...of.values()])
    .reduce(
      (sum, answer) =>
        answer.status === 'read' ? sum + utf8Length(JSON.stringify(answer.reading.readings)) : sum,
      0,
    )
}

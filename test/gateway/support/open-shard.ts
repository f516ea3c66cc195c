import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { GiveSlotsReply } from '../../../gateway/contracts/feature-shard-contract.ts'
import type { LogPiece } from '../../../gateway/contracts/message.ts'
import { createFeatureShard } from '../../../gateway/online/split-shard.ts'
import type { ShardIdentity } from '../../../gateway/online/take-slots.ts'
import { defaultPageSizes, type PageSizes } from '../../../gateway/page-sizes.ts'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { platformPorts } from '../../../gateway/platform/ports.ts'
import type { Peers, Ports } from '../../../gateway/ports.ts'
import { foldLatest, type Latest } from '../../../shared/aggregates/latest.ts'
import type { TestWorkspace } from './test-workspace.ts'

/** Room for a page or two, so that nearly every fold writes one alone. */
export const tinyPages: PageSizes = { cacheBytes: 700, entities: 3, bytes: 600, itemBytes: 600 }

/** The newest record, and behind its values how many were folded. */
function countFolds(state: Latest | undefined, next: Latest): Latest {
  const counted = { ...next, values: [...next.values, 1] }
  if (state === undefined) return counted
  const { values, ...newest } = foldLatest(state, counted)
  return { ...newest, values: [...values.slice(0, -1), Number(state.values.at(-1)) + 1] }
}

export type OpenShard = ReturnType<typeof openShard>

/**
 * A shard of a workspace's first entity set that counts what it folds, over tables of its own beside those
 * of the one that runs. Nobody delivers to it and nothing rings its alarm but the test.
 */
export function withShard<T>(
  workspace: TestWorkspace,
  viewNames: readonly string[],
  work: (shard: OpenShard) => Promise<T>,
  /** Another shard than the first, and what it is given of its slots. */
  taking?: { readonly shard: number; readonly replies: readonly GiveSlotsReply[] },
): Promise<T> {
  const { shard = 0 } = taking ?? {}
  const name = objectNames.catalogue(workspace.workspaceId, `aaaaaaaaaaa${'cd'[shard]}`)
  const stub = env.CATALOGUE.getByName(name)
  return runInDurableObject(stub, async (_, state) => {
    const definitions = await workspace.definitions()
    const [{ id: entitySetId } = { id: '' }] = definitions?.entitySets ?? []
    const views = definitions?.sources.flatMap(source => source.views) ?? []
    const viewIds = viewNames.map(name => views.find(view => view.name === name)?.id ?? '')
    const ports = platformPorts(state, env)
    const replies = [...(taking?.replies ?? [])]
    const peers: Peers = {
      ...ports.peers,
      shard: (...whose) => ({
        ...ports.peers.shard(...whose),
        giveSlots: async () => replies.shift() ?? Promise.reject(new Error('All is given.')),
      }),
    }
    const identity = { workspaceId: workspace.workspaceId, entitySetId, shard }
    return work(openShard(taking === undefined ? ports : { ...ports, peers }, identity, viewIds))
  })
}

function openShard(real: Ports, identity: ShardIdentity, viewIds: readonly string[]) {
  const reports: string[] = []
  const alarms: { atMs: number | undefined } = { atMs: undefined }
  let aheadMs = 0
  let whileAsleep = async (): Promise<void> => {}
  const portsOf = (pageSizes: PageSizes): Ports => ({
    ...real,
    pageSizes,
    clock: { now: () => Date.now() + aheadMs, sleep: () => whileAsleep() },
    storage: {
      ...real.storage,
      setAlarm: atMs => {
        alarms.atMs = Math.min(atMs, alarms.atMs ?? atMs)
      },
    },
    report: (event, facts) => void reports.push(`${event} ${JSON.stringify(facts)}`),
  })
  let shard = createFeatureShard(portsOf(defaultPageSizes), identity, countFolds)
  const { storage } = real

  return {
    storage,
    viewIds,
    reports,
    /** Begins a new life on what is stored. */
    restart(pageSizes: PageSizes = defaultPageSizes) {
      shard = createFeatureShard(portsOf(pageSizes), identity, countFolds)
    },
    /** What the shard does between two slices of history. */
    betweenSlices(work: () => Promise<void>) {
      whileAsleep = work
    },
    deliver: (
      sourceId: string,
      [after, upTo]: readonly [number, number],
      pieces: readonly LogPiece[],
      from = -1,
      /** The views that it speaks of. */
      spoken = viewIds,
    ) =>
      shard.deliver({
        format: 1,
        sourceId,
        partition: 0,
        after,
        upTo,
        pieces,
        subscriptions: spoken.map(viewId => ({ viewId, from })),
      }),
    /** Everything that the second shard is given of the first one's slots. */
    async give(): Promise<GiveSlotsReply[]> {
      const replies: GiveSlotsReply[] = []
      const ask = { format: 1, shard: 1, shards: 2 }
      let reply = await shard.giveSlots(ask)
      for (replies.push(reply); reply.next !== undefined; replies.push(reply)) {
        reply = await shard.giveSlots({ ...ask, from: reply.next })
      }
      return replies
    },
    state: () => shard.state({ format: 1 }),
    /** Rings the alarm after a while; gives whether there was one to ring. */
    async ring(afterMs = 0): Promise<boolean> {
      aheadMs += afterMs
      if (alarms.atMs === undefined || alarms.atMs > Date.now() + aheadMs) return false
      alarms.atMs = undefined
      await shard.alarm()
      return true
    },
    isAlarmSet: () => alarms.atMs !== undefined,
    /** For each user and view the newest `n` and the number of records folded, or why there is none. */
    async read(users: readonly string[], shards = 1) {
      const keys = users.map(user => JSON.stringify([user]))
      const { readings } = await shard.read({ format: 1, viewIds, keys, shards })
      return readings.map(of =>
        of.map(one =>
          one.status === 'present' ? [one.state.values[0], one.state.values.at(-1)] : one.status,
        ),
      )
    },
    duties: () => storage.sql('SELECT what FROM duties ORDER BY what').map(({ what }) => what),
  }
}

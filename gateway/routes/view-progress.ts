import type { ViewProgress } from '../../shared/source-summary.ts'
import { askAgain } from '../ask-again.ts'
import type { ShardState } from '../contracts/feature-shard-contract.ts'
import type { PartitionState } from '../contracts/log-partition-contract.ts'
import { messageFormat } from '../contracts/message.ts'
import { reachOf } from '../log/shard-filter.ts'
import type { Clock, Peers } from '../ports.ts'
import type { ResolvedSource, ResolvedView } from '../registry/resolved-definitions.ts'

interface ProgressPorts {
  readonly peers: Peers
  readonly clock: Clock
}

/**
 * Says of each view how far its shards have folded what the partitions gave out; asked for with their touches. Shards
 * that do not answer make a view `unknown`. Cost: a call of each shard, which catches up first as a read does.
 */
export async function viewProgress(
  { peers, clock }: ProgressPorts,
  source: ResolvedSource,
  partitions: readonly PartitionState[],
): Promise<readonly ViewProgress[]> {
  const entitySets = new Map(source.views.map(view => [view.entitySetId, view.shards]))
  const answers = new Map(
    await Promise.all(
      [...entitySets].map(async ([id, count]) => {
        const shards = Array.from({ length: count }, (_, shard) => {
          const ask = () =>
            peers.shard(source.workspaceId, id, shard).state({ format: messageFormat })
          return askAgain(clock, ask).catch(() => undefined)
        })
        return [id, await Promise.all(shards)] as const
      }),
    ),
  )
  return source.views.map(view =>
    progressOf(view, source.id, partitions, answers.get(view.entitySetId) ?? []),
  )
}

function progressOf(
  view: ResolvedView,
  sourceId: string,
  partitions: readonly PartitionState[],
  answers: readonly (ShardState | undefined)[],
): ViewProgress {
  const states = answers.filter(state => state !== undefined)
  const statuses = new Set(states.map(({ withheld }) => withheld[view.id]))
  const status =
    states.length < answers.length
      ? 'unknown'
      : statuses.has('degraded')
        ? 'degraded'
        : statuses.has('backfilling')
          ? 'backfilling'
          : 'serving'
  const behind = partitions.map(({ last, touches }, partition) => {
    const reached = answers.map((state, shard) => {
      const filter = { entitySetId: view.entitySetId, shard, shards: answers.length }
      const mark = state?.marks[`${sourceId}/${partition}`] ?? -1
      return reachOf(mark, last, touches?.all ?? {}, filter)
    })
    return Math.max(0, last - Math.min(last, ...reached))
  })
  const backfills = states.flatMap(({ progress }) => progress?.[view.id] ?? [])
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
  return {
    name: view.name,
    status,
    behind: sum(behind),
    ...(status !== 'backfilling' || backfills.length === 0
      ? {}
      : {
          backfill: {
            folded: sum(backfills.map(({ folded }) => folded)),
            wanted: sum(backfills.map(({ wanted }) => wanted)),
          },
        }),
  }
}

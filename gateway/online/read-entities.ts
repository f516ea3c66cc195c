import type { LeadingEdge } from '../../shared/definitions/view-aggregation.ts'
import { askAgain } from '../ask-again.ts'
import { causeOf } from '../cause-of.ts'
import type {
  ReadFeaturesMessage,
  ReadFeaturesReply,
  ViewReading,
} from '../contracts/feature-shard-contract.ts'
import { messageFormat } from '../contracts/message.ts'
import type { Clock, Peers, Report } from '../ports.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'
import { slotOf } from './entity-key.ts'

/** Entities of one set, and the views that are read of each. */
export interface EntitiesRead extends Pick<ResolvedView, 'entitySetId' | 'shards'> {
  readonly viewIds: readonly string[]
  /** As `entityKeyOf` gives them. */
  readonly keys: ReadonlySet<string>
  /** Views of which copies for the edge are wanted, and for how many milliseconds each is of use. */
  readonly copies?: ReadFeaturesMessage['copies']
  /** What windows end at, if not at what each view says itself. */
  readonly leadingEdge?: LeadingEdge
}

/** One entity's state of each view, and the offsets that it is a fold of, by `source/partition`. */
export interface EntityReading {
  readonly readings: readonly ViewReading[]
  /** For each view the version of its source as the shard knows it: the state is of no newer one. */
  readonly versions: readonly number[]
  readonly marks: ReadFeaturesReply['marks']
  /** The moment of the reading, microseconds since 1970. */
  readonly atUs?: number
}

/** What is known of one entity when the time is over. */
export type EntityAnswer =
  | { readonly status: 'read'; readonly reading: EntityReading; readonly tookMs: number }
  | { readonly status: 'time_out' }
  /** Its shard failed, also when it was asked again. */
  | { readonly status: 'failed' }

/**
 * Reads entities at the shards that have their slots: one that gave slots away tells how many shards there are
 * by now. Throws what a shard threw. Cost: one call for each shard, at once, one more for each doubling that the
 * definitions lag behind.
 */
export async function readAtShards(
  peers: Pick<Peers, 'shard'>,
  workspaceId: string,
  asked: EntitiesRead,
): Promise<readonly (readonly [key: string, reading: EntityReading])[]> {
  const { entitySetId, shards, viewIds, leadingEdge, copies } = asked
  const read = await Promise.all(
    [...keysByShard(asked.keys, shards)].map(async ([shard, keys]) => {
      const reply = await peers.shard(workspaceId, entitySetId, shard).read({
        format: messageFormat,
        viewIds,
        keys: [...keys],
        shards,
        ...(leadingEdge === undefined ? {} : { leadingEdge }),
        ...(copies === undefined ? {} : { copies }),
      })
      const { moved, readings, versions = [], marks, atUs } = reply
      if (moved === undefined) {
        return [...keys].map((key, at) => {
          const moment = atUs === undefined ? {} : { atUs }
          return [key, { readings: readings[at] ?? [], versions, marks, ...moment }] as const
        })
      }
      if (moved <= shards) throw new Error('A shard gave slots away to fewer shards.')
      return readAtShards(peers, workspaceId, { ...asked, shards: moved, keys })
    }),
  )
  return read.flat()
}

/**
 * Reads entities of several sets until `untilMs`, by key for each set in turn; what a shard has not said by then
 * is `time_out`, and a shard that fails is asked again before its entities are `failed`. Cost: one call for each
 * set and shard, all at once.
 */
export async function readEntities(
  {
    clock,
    peers,
    report,
  }: { readonly clock: Clock; readonly peers: Peers; readonly report: Report },
  workspaceId: string,
  sets: readonly EntitiesRead[],
  untilMs: number,
): Promise<readonly ReadonlyMap<string, EntityAnswer>[]> {
  const startMs = clock.now()
  const over = new AbortController()
  const deadline = clock
    .sleep(Math.max(0, untilMs - startMs), over.signal)
    .then(() => ({ status: 'time_out' }) as const)

  const answersOf = async (set: EntitiesRead, shard: number, keys: ReadonlySet<string>) => {
    const read = askAgain(
      clock,
      () => readAtShards(peers, workspaceId, { ...set, keys }),
      over.signal,
    )
    const outcome = await Promise.race([
      read.then(
        readings => ({ status: 'read', readings }) as const,
        cause => {
          const { entitySetId } = set
          const where = { workspace: workspaceId, entitySet: entitySetId, shard }
          if (!over.signal.aborted) report('shard not read', { ...where, cause: causeOf(cause) })
          return { status: 'failed' } as const
        },
      ),
      deadline,
    ])
    const tookMs = clock.now() - startMs
    return outcome.status === 'read'
      ? outcome.readings.map(
          ([key, reading]) => [key, { status: 'read', reading, tookMs }] as const,
        )
      : [...keys].map(key => [key, outcome] as const)
  }

  try {
    return await Promise.all(
      sets.map(async set => {
        const shards = [...keysByShard(set.keys, set.shards)]
        const answers = await Promise.all(
          shards.map(([shard, keys]) => answersOf(set, shard, keys)),
        )
        return new Map<string, EntityAnswer>(answers.flat())
      }),
    )
  } finally {
    over.abort()
  }
}

function keysByShard(
  keys: ReadonlySet<string>,
  shards: number,
): ReadonlyMap<number, ReadonlySet<string>> {
  const byShard = new Map<number, Set<string>>()
  for (const key of keys) {
    const shard = slotOf(key) & (shards - 1)
    const ofShard = byShard.get(shard)
    if (ofShard === undefined) byShard.set(shard, new Set([key]))
    else ofShard.add(key)
  }
  return byShard
}

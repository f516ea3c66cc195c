import { describe, expect, it } from 'vitest'
import type {
  DeliverMessage,
  DeliverReply,
  FeatureShardContract,
  GiveSlotsReply,
  ReadFeaturesReply,
  ShardState,
} from '../../../gateway/contracts/feature-shard-contract.ts'
import type { LogPiece, Message } from '../../../gateway/contracts/message.ts'
import { createDelivery } from '../../../gateway/log/delivery.ts'

/** A clock that jumps where it is told to sleep, letting everything else go first. */
function jumpingClock() {
  const clock = {
    ms: 0,
    now: () => clock.ms,
    async sleep(ms: number) {
      await new Promise(resolve => setTimeout(resolve, 0))
      clock.ms += ms
    },
  }
  return clock
}

/** A shard that keeps the contract's rule and nothing else; `failing` calls end in an exception. */
function modelShard() {
  const shard = {
    mark: -1,
    durable: -1,
    failing: 0,
    deliveries: [] as DeliverMessage[],
    folded: [] as number[],
    deliver: async (message: DeliverMessage): Promise<DeliverReply> => {
      await Promise.resolve()
      if (shard.failing-- > 0) throw new Error('not reachable')
      shard.deliveries.push(message)
      if (message.after === shard.mark) {
        for (const piece of message.pieces) {
          shard.folded.push(...piece.text.split('\n').map(Number))
        }
        shard.mark = Math.max(shard.mark, message.upTo)
      }
      return { format: 1, mark: shard.mark, durable: shard.durable }
    },
    read: (): Promise<ReadFeaturesReply> => Promise.reject(new Error('never read')),
    state: (): Promise<ShardState> => Promise.reject(new Error('never asked')),
    refresh: (): Promise<never> => Promise.reject(new Error('never asked')),
    giveSlots: (): Promise<GiveSlotsReply> => Promise.reject(new Error('never asked')),
    releaseSlots: (): Promise<Message> => Promise.reject(new Error('never told')),
  } satisfies FeatureShardContract & { [more: string]: unknown }
  return shard
}

function bench() {
  const clock = jumpingClock()
  const shard = modelShard()
  const reports: string[] = []
  const log = { length: 0 }
  const delivery = createDelivery(
    {
      clock,
      random: { number: () => 0.5, bytes: count => new Uint8Array(count) },
      report: event => reports.push(event),
    },
    {
      sourceId: 's',
      partition: 0,
      shards: 1,
      last: () => log.length - 1,
      lastTouch: () => log.length - 1,
      subscriptions: () => [],
      read: after => {
        const offsets = Array.from({ length: log.length - after - 1 }, (_, at) => after + 1 + at)
        const text = offsets.join('\n')
        const pieces: LogPiece[] = [{ ingestUs: 1, version: 1, start: after + 1, text }]
        return { pieces: offsets.length === 0 ? [] : pieces, upTo: log.length - 1 }
      },
    },
    () => shard,
  )
  return { clock, shard, reports, log, delivery }
}

describe('a delivery', () => {
  it('sends what came meanwhile with the next call, one in flight', async () => {
    const { log, delivery, shard } = bench()
    log.length = 1
    const first = delivery.reach(0, 100)
    log.length = 5
    const others = [1, 2, 3, 4].map(offset => delivery.reach(offset, 100))
    expect(await Promise.all([first, ...others])).toEqual(Array(5).fill('reached'))
    // One question for the mark, and one delivery of all five.
    expect(shard.deliveries.map(({ after, upTo }) => [after, upTo])).toEqual([
      [0, 0],
      [-1, 4],
    ])
    expect(shard.folded).toEqual([0, 1, 2, 3, 4])
  })

  it('goes on from the mark that the shard answers', async () => {
    const { log, delivery, shard } = bench()
    log.length = 3
    await delivery.reach(2, 100)
    // The shard was restored to an older state.
    shard.mark = 0
    log.length = 5
    expect(await delivery.reach(4, 100)).toBe('reached')
    expect(shard.folded).toEqual([0, 1, 2, 1, 2, 3, 4])
  })

  it('tries again until the deadline of the caller', async () => {
    const { log, delivery, shard } = bench()
    log.length = 1
    shard.failing = 3
    expect(await delivery.reach(0, 1_000)).toBe('reached')
  })

  it('gives up at the deadline, and starts anew with the next caller', async () => {
    const { log, delivery, shard, reports } = bench()
    log.length = 1
    shard.failing = Number.POSITIVE_INFINITY
    expect(await delivery.reach(0, 1_000)).toBe('late')
    expect(reports).toEqual(['delivery gave up for now'])
    shard.failing = 0
    expect(await delivery.reach(0, 1_000)).toBe('reached')
  })

  it('lets no caller wait for the deadlines of those who came later', async () => {
    const { clock, log, delivery, shard } = bench()
    log.length = 1
    shard.failing = Number.POSITIVE_INFINITY
    const first = delivery.reach(0, 1_000)
    const later = delivery.reach(0, 60_000)
    expect(await first).toBe('late')
    expect(clock.ms).toBeLessThan(10_000)
    shard.failing = 0
    expect(await later).toBe('reached')
  })

  it('reports a shard that is ahead of its partition, and never calls that readable', async () => {
    const { log, delivery, shard, reports } = bench()
    log.length = 1
    shard.mark = 7
    expect(await delivery.reach(0, 100)).toBe('late')
    expect(reports).toContain('shard is ahead of its partition')
  })

  it('delivers what an append had given up on before it asks for the durable offset', async () => {
    const { log, delivery, shard } = bench()
    log.length = 3
    shard.failing = Number.POSITIVE_INFINITY
    expect(await delivery.reach(2, 0)).toBe('late')
    shard.failing = 0
    expect(await delivery.durable()).toBe(-1)
    expect(shard.folded).toEqual([0, 1, 2])
  })

  it('delivers again what a restarted shard has lost, though its mark was known', async () => {
    const { log, delivery, shard } = bench()
    log.length = 3
    await delivery.reach(2, 100)
    shard.mark = 0
    shard.durable = 0
    await delivery.durable()
    expect(shard.mark).toBe(2)
  })
})

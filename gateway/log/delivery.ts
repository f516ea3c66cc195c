import { limits } from '../../shared/limits.ts'
import { causeOf } from '../cause-of.ts'
import type { FeatureShardContract } from '../contracts/feature-shard-contract.ts'
import { messageFormat, type Subscription } from '../contracts/message.ts'
import type { Clock, Random, Report } from '../ports.ts'
import type { LogReading } from './read-log.ts'

/** What a delivery needs to know of its partition; asked anew at every step, since it grows. */
export interface DeliverySource {
  readonly sourceId: string
  readonly partition: number
  /** Of how many shards this one is. */
  readonly shards: number
  last(): number
  /** The last offset above `after` that concerns the shard, `after` or less for none. */
  lastTouch(after: number): number
  subscriptions(): readonly Subscription[]
  /** Confirmed or soon confirmed records in (after, last], about `maxBytes` of them. */
  read(after: number, maxBytes: number): LogReading
}

/** `moved`: the shard has given slots away that this delivery knows as its own. */
export type Reached = 'reached' | 'late' | 'moved'

export interface Delivery {
  /**
   * Asks the shard for its mark, unless it is known. Throws where the shard has folded more than the partition
   * ever gave out: the partition was restored from a backup.
   */
  greet(): Promise<void>
  /** Resolves when the shard has folded what concerns it up to the offset, to `late` after `waitMs`. */
  reach(offset: number, waitMs: number): Promise<Reached>
  /**
   * Delivers what the shard lacks, then asks it for the offset that its next restart still has; -1 where it
   * has moved.
   */
  durable(): Promise<number>
}

const firstRetryMs = 20
const maxRetryMs = 2_000
/** How long asking for the durable offset tries to deliver what nobody waits for any more. */
const deliverLateMs = 2_000

/**
 * Delivers a partition's records to one shard in offset order: one call in flight, everything that came
 * meanwhile in the next. The platform's output gate holds each call until the records are confirmed.
 * Cost: one RPC for each turn, however many records wait.
 */
export function createDelivery(
  ports: { clock: Clock; random: Random; report: Report },
  source: DeliverySource,
  shard: () => FeatureShardContract,
): Delivery {
  const { clock, random, report } = ports
  /** The shard's mark by its last answer. */
  let mark: number | undefined
  let running = false
  const waiting = new Set<{
    readonly offset: number
    readonly untilMs: number
    readonly resolve: (reached: Reached) => void
  }>()

  const deliver = async (after: number) => {
    const reading = source.read(after, limits.maxDeliveryBytes)
    // What cannot be read is told, so that the shard serves no value that lacks it and the rest goes on.
    const { damage } = reading
    const upTo = damage === undefined ? reading.upTo : damage.end - 1
    const reply = await shard().deliver({
      format: messageFormat,
      sourceId: source.sourceId,
      partition: source.partition,
      after,
      upTo,
      pieces: damage === undefined ? reading.pieces : [],
      ...(damage === undefined ? {} : { damage }),
      subscriptions: source.subscriptions(),
      shards: source.shards,
    })
    if (reply.moved !== undefined) return release('moved')
    checkMark(reply.mark)
    if (upTo > after && reply.mark === after) {
      throw new Error('The shard took a delivery that fits its mark without folding it.')
    }
    mark = reply.mark
    for (const waiter of waiting) {
      if (waiter.offset > mark) continue
      waiting.delete(waiter)
      waiter.resolve('reached')
    }
  }

  const checkMark = (reached: number) => {
    if (reached <= source.last()) return
    report('shard is ahead of its partition', { ...identity(), mark: reached })
    throw new Error('The shard has folded more than this partition ever gave out.')
  }

  const release = (reached: Reached) => {
    for (const waiter of waiting) waiter.resolve(reached)
    waiting.clear()
  }

  const run = async () => {
    let failures = 0
    while (waiting.size > 0) {
      try {
        mark ??= await askMark()
        if (mark === undefined) release('moved')
        else await deliver(mark)
        failures = 0
      } catch (cause) {
        giveUpLate(cause)
        if (waiting.size === 0) break
        const longest = Math.min(maxRetryMs, firstRetryMs * 2 ** failures++)
        await clock.sleep(longest * (0.5 + random.number() / 2))
      }
    }
    // In the same turn as the loop's end: whoever comes next starts a new run.
    running = false
  }

  /** Each caller waits until its own deadline, however many come after it. */
  const giveUpLate = (cause: unknown) => {
    const late = [...waiting].filter(({ untilMs }) => clock.now() >= untilMs)
    if (late.length === 0) return
    report('delivery gave up for now', { ...identity(), cause: causeOf(cause) })
    for (const waiter of late) {
      waiting.delete(waiter)
      waiter.resolve('late')
    }
  }

  /** An empty deliver at the end is answered with the mark, wherever it stands. */
  const askMark = async () => {
    const reply = await ask(source.last())
    if (reply.moved !== undefined) return undefined
    checkMark(reply.mark)
    return reply.mark
  }
  const ask = (at: number) =>
    shard().deliver({
      format: messageFormat,
      sourceId: source.sourceId,
      partition: source.partition,
      after: at,
      upTo: at,
      pieces: [],
      subscriptions: source.subscriptions(),
      shards: source.shards,
    })
  const identity = () => ({ source: source.sourceId, partition: source.partition })

  const kick = () => {
    if (running) return
    running = true
    void run()
  }

  const reach = async (offset: number, waitMs: number) => {
    if (mark !== undefined && mark >= offset) return 'reached'
    // An idle shard is not waited for, nor told of what does not concern it.
    const needed = Math.min(offset, source.lastTouch(mark ?? -1))
    if (needed <= (mark ?? -1)) return 'reached'
    const untilMs = clock.now() + waitMs
    const reached = new Promise<Reached>(resolve =>
      waiting.add({ offset: needed, untilMs, resolve }),
    )
    kick()
    return reached
  }

  return {
    greet: async () => {
      mark ??= await askMark()
    },
    reach,
    durable: async () => {
      const last = source.last()
      const reply = await ask(last)
      if (reply.moved !== undefined) return -1
      if (reply.mark >= last) return reply.durable
      // A restart, or an append that gave up, left it behind; the next append may be far away.
      mark = reply.mark
      await reach(last, deliverLateMs)
      const late = await ask(last)
      return late.moved === undefined ? late.durable : -1
    },
  }
}

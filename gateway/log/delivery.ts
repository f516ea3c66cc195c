import { limits } from '../../shared/limits.ts'
import { causeOf } from '../cause-of.ts'
import { type FeatureShardContract, messageFormat, type Subscription } from '../contracts.ts'
import type { Clock, Random, Report } from '../ports.ts'
import type { LogReading } from './read-log.ts'

/** What a delivery needs to know of its partition; asked anew at every step, since it grows. */
export interface DeliverySource {
  readonly sourceId: string
  readonly partition: number
  last(): number
  subscriptions(): readonly Subscription[]
  /** Confirmed or soon confirmed records in (after, last], about `maxBytes` of them. */
  read(after: number, maxBytes: number): LogReading
}

export interface Delivery {
  /** Resolves to true when the shard has folded everything up to the offset, to false after `waitMs`. */
  reach(offset: number, waitMs: number): Promise<boolean>
  /** Delivers what the shard lacks, then asks it for the offset that its next restart still has. */
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
    readonly resolve: (reached: boolean) => void
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
    })
    if (reply.mark > source.last()) {
      report('shard is ahead of its partition', { ...identity(), mark: reply.mark })
      throw new Error('The shard has folded more than this partition ever gave out.')
    }
    if (upTo > after && reply.mark === after) {
      throw new Error('The shard took a delivery that fits its mark without folding it.')
    }
    mark = reply.mark
    for (const waiter of waiting) {
      if (waiter.offset > mark) continue
      waiting.delete(waiter)
      waiter.resolve(true)
    }
    return reply
  }

  const run = async () => {
    let failures = 0
    while (waiting.size > 0) {
      try {
        await deliver(mark ?? (await askMark()))
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
      waiter.resolve(false)
    }
  }

  /** An empty deliver at the end is answered with the mark, wherever it stands. */
  const askMark = async () => (await ask(source.last())).mark
  const ask = (at: number) =>
    shard().deliver({
      format: messageFormat,
      sourceId: source.sourceId,
      partition: source.partition,
      after: at,
      upTo: at,
      pieces: [],
      subscriptions: source.subscriptions(),
    })
  const identity = () => ({ source: source.sourceId, partition: source.partition })

  const kick = () => {
    if (running) return
    running = true
    void run()
  }

  const reach = async (offset: number, waitMs: number) => {
    if (mark !== undefined && mark >= offset) return true
    const untilMs = clock.now() + waitMs
    const reached = new Promise<boolean>(resolve => waiting.add({ offset, untilMs, resolve }))
    kick()
    return reached
  }

  return {
    reach,
    durable: async () => {
      const last = source.last()
      const reply = await ask(last)
      if (reply.mark >= last) return reply.durable
      // A restart, or an append that gave up, left it behind; the next append may be far away.
      mark = reply.mark
      await reach(last, deliverLateMs)
      return (await ask(last)).durable
    },
  }
}

import { limits } from '../../shared/limits.ts'
import type { ProducerKind } from '../contracts/append.ts'
import type {
  LogPartitionContract,
  TakeOverMessage,
  TakeOverReply,
} from '../contracts/log-partition-contract.ts'
import { messageFormat } from '../contracts/message.ts'
import { firstCountOf, parentOf } from '../doubling.ts'
import type { Clock, Storage } from '../ports.ts'
import { type LogState, producerState } from './log-state.ts'
import type { LogStatements } from './log-statements.ts'
import { decodeProducerState, encodeProducerState } from './producer-state.ts'

/** The parent forgets a producer this long after its last use; then there is nothing left to ask for. */
const askForMs = limits.receivedSetLifeMs + 86_400_000
/** An unnamed producer lives as long as its request is tried again. */
const askForUnnamedMs = 3_600_000
const maxProducersAtOnce = 256

export interface Inheritance {
  /**
   * Makes sure that what the parent knows of a producer is known here, durably. Cost: nothing for a producer
   * that is known, or where there is no parent; one call for all that ask at once; a row for each it knew.
   */
  prepare(producer: string, kind: ProducerKind): Promise<void>
  /** Gives a new partition what is known of its producers; from then on they are told to go there. */
  handOver(message: TakeOverMessage): Promise<TakeOverReply>
}

/**
 * Passes producers on when counts double. A partition asks its parent for each producer it has never seen;
 * the first question tells the parent the new count, which it makes durable before it answers, so that a
 * state it gives away never changes again.
 */
export function createInheritance(
  { clock, storage }: { readonly clock: Clock; readonly storage: Storage },
  log: LogStatements,
  state: () => LogState,
  /** The parent, got anew for each call. */
  parent: (partition: number) => LogPartitionContract,
  /** Whether every shard has folded what this partition has given out by now; waits for a while. */
  isReadable: () => Promise<boolean>,
  partition: number,
): Inheritance {
  let pulling: Promise<unknown> = Promise.resolve()
  /** The pull that has not begun: whoever comes meanwhile joins it. */
  let next: { readonly producers: Set<string>; readonly done: Promise<void> } | undefined

  const known = (producer: string) => producerState(state(), log, producer, () => undefined)

  const pull = async (from: number, producers: readonly string[]): Promise<void> => {
    const partitions = firstCountOf(partition)
    const { states } = await parent(from).takeOver({ format: messageFormat, partitions, producers })
    storage.transaction(() => {
      const inherited = producers.flatMap((producer, at) => {
        const text = states[at] ?? undefined
        if (text === undefined || known(producer) !== undefined) return []
        return [[producer, decodeProducerState(text)] as const]
      })
      if (inherited.length > 0) log.keepProducers(new Map(inherited), clock.now())
      if (state().routing.toldMs === undefined) log.setTold(clock.now())
    })
    state().routing = log.routing(partition)
  }

  const take = (from: number, producer: string): Promise<void> => {
    if (next === undefined || next.producers.size >= maxProducersAtOnce) {
      const producers = new Set<string>()
      const done = pulling.then(() => {
        if (next?.producers === producers) next = undefined
        return pull(from, [...producers])
      })
      pulling = done.catch(() => undefined)
      next = { producers, done }
    }
    next.producers.add(producer)
    return next.done
  }

  const isPast = (kind: ProducerKind) => {
    const { toldMs } = state().routing
    if (toldMs === undefined) return false
    return clock.now() - toldMs > (kind === 'unnamed' ? askForUnnamedMs : askForMs)
  }

  const prepare = async (producer: string, kind: ProducerKind): Promise<void> => {
    const from = parentOf(partition)
    if (from === undefined || isPast(kind) || known(producer) !== undefined) return
    await take(from, producer)
  }

  return {
    prepare,
    async handOver({ partitions, producers }) {
      if (partitions > state().routing.partitions) {
        log.setPartitions(partitions)
        state().routing = log.routing(partition)
      }
      // Whoever has not pulled yet pulls first: the state may still lie one count further back.
      await Promise.all(producers.map(producer => prepare(producer, 'named')))
      // The new partition answers `duplicate` for what lies here, so that it has to be readable by then.
      if (!(await isReadable())) {
        throw new Error('Records of these producers are not readable yet.')
      }
      const states = producers.map(producer => {
        const found = known(producer)
        return found === undefined ? null : encodeProducerState(found)
      })
      return { format: messageFormat, states }
    },
  }
}

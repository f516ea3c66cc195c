import type { GiveSlotsMessage, GiveSlotsReply } from '../contracts/feature-shard-contract.ts'
import { type Message, messageFormat } from '../contracts/message.ts'
import type { Storage } from '../ports.ts'
import type { Gift, SplitStatements } from './split-statements.ts'

/** Text of pages in one reply. */
const maxGivenBytes = 4_194_304

export interface Handover {
  shards(): number
  /** Whether a slot's entities are this shard's. */
  owns(slot: number): boolean
  /** Learns of more shards: the slots that are no longer its own stay as they stand now, in one transaction. */
  raise(shards: number): void
  give(message: GiveSlotsMessage): GiveSlotsReply
  release(message: Message & { readonly shards: number }): Message
}

/**
 * Gives slots away when the shards double. From the transaction that knows the new count the shard folds its
 * own slots alone; the others stay frozen, at the marks of that moment, until the new shard has them.
 */
export function createHandover<Written>(
  storage: Pick<Storage, 'transaction'>,
  statements: SplitStatements,
  shard: number,
  freeze: {
    /** Writes what is not written; part of the caller's transaction. */
    write(): { readonly gift: Omit<Gift, 'released'>; readonly written: Written }
    /** Takes it as written, and the slots that are no longer owned as gone. */
    settle(written: Written): void
  },
): Handover {
  let { shards } = statements.split()

  const raise = (count: number) => {
    if (count <= shards) return
    const written = storage.transaction(() => {
      const { gift, written } = freeze.write()
      for (let made = shards * 2; made <= count; made *= 2) statements.addGift(made, gift)
      statements.setShards(count)
      return written
    })
    shards = count
    freeze.settle(written)
  }

  return {
    shards: () => shards,
    owns: slot => (slot & (shards - 1)) === shard,
    raise,
    give({ shards: count, from = { slot: -1, page: -1 } }) {
      raise(count)
      const gift = statements.gift(count)
      if (gift === undefined) throw new Error(`Shard ${shard} was never one of ${count / 2}.`)
      const { released, ...stood } = gift
      const pages = released ? [] : statements.givenPages(count, from, maxGivenBytes)
      const last = pages.at(-1)
      return {
        format: messageFormat,
        released,
        pages,
        ...(last === undefined ? {} : { next: { slot: last.slot, page: last.page } }),
        ...stood,
      }
    },
    release({ shards: count }) {
      const gift = statements.gift(count)
      if (gift !== undefined && !gift.released) {
        storage.transaction(() => statements.release(count))
      }
      return { format: messageFormat }
    },
  }
}

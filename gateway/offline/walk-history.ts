import { type LogPiece, messageFormat, type Part } from '../contracts.ts'
import type { Peers } from '../ports.ts'

/** Offsets that are neither in parts nor in a tail that can be read. */
export class LostHistory extends Error {}

/** What holds the next records of a partition. */
export type HistoryStep =
  /** Those with offsets in (after, upTo] are in this part. */
  | { readonly kind: 'part'; readonly part: Part; readonly after: number; readonly upTo: number }
  | { readonly kind: 'tail'; readonly pieces: readonly LogPiece[]; readonly upTo: number }
  /** Those up to this one are older than the retention. */
  | { readonly kind: 'expired'; readonly upTo: number }

/**
 * Goes through a partition's records (after, upTo] in the order of their offsets: its parts first, then its
 * tail. Throws a LostHistory for what is in neither. Cost: a call for each 5,000 parts, one for each MiB of
 * tail.
 */
export async function* walkHistory(
  peers: Pick<Peers, 'catalogue' | 'partition'>,
  { workspaceId, sourceId }: { readonly workspaceId: string; readonly sourceId: string },
  partition: number,
  from: number,
  upTo: number,
): AsyncGenerator<HistoryStep> {
  let after = from
  let isStuck = false
  while (after < upTo) {
    const before = after
    // What left the tail meanwhile is in the newer catalogue, so it is asked again on every round.
    const list = await peers
      .catalogue(workspaceId, sourceId)
      .list({ format: messageFormat, partition, from: { partition, above: after + 1 } })
    const { mark = -1, expired } = list.partitions.find(at => at.partition === partition) ?? {}
    if (expired !== undefined && expired.end > after + 1) {
      after = Math.min(expired.end - 1, upTo)
      yield { kind: 'expired', upTo: after }
    }
    for (const part of list.parts) {
      // A part that came of a compaction may begin with rows that its predecessors have given already.
      if (part.partition !== partition || part.end - 1 <= after || part.start > upTo) continue
      if (part.start > after + 1) break
      const last = Math.min(part.end - 1, upTo)
      yield { kind: 'part', part, after, upTo: last }
      after = last
    }
    if (list.next !== undefined && after > before) continue
    if (after < mark && after < upTo) {
      throw new LostHistory(`Offsets above ${after} of partition ${partition} are in no part.`)
    }
    const peer = peers.partition(workspaceId, sourceId, partition)
    while (after < upTo) {
      const reply = await peer.readTail({ format: messageFormat, after, upTo })
      if (reply.outcome === 'forgotten') break
      if (reply.outcome === 'corrupt') {
        throw new LostHistory(`Partition ${partition} cannot be read on: ${reply.damage.reason}.`)
      }
      if (reply.upTo <= after) {
        throw new Error(`The tail of partition ${partition} holds nothing above offset ${after}.`)
      }
      yield { kind: 'tail', pieces: reply.pieces, upTo: reply.upTo }
      after = reply.upTo
    }
    // Rows may leave the tail after the catalogue was asked: then the next list has them.
    if (after > before) isStuck = false
    else if (!isStuck) isStuck = true
    else {
      throw new LostHistory(
        `Offsets above ${after} of partition ${partition} are neither in parts nor tail.`,
      )
    }
  }
}

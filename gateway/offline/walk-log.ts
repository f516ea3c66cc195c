import type { Part } from '../contracts/catalogue-contract.ts'
import { type LogPiece, messageFormat } from '../contracts/message.ts'
import type { Peers } from '../ports.ts'

/** Records that no part and no tail has: asked once more and still not there, they are gone for good. */
export class MissingRecords extends Error {}

/** Offsets in (after, upTo] of a partition and where they are: a part may begin before and end behind them. */
export type LogStretch = { readonly after: number; readonly upTo: number } & (
  | { readonly kind: 'expired' }
  | { readonly kind: 'part'; readonly part: Part }
  | { readonly kind: 'tail'; readonly pieces: readonly LogPiece[] }
)

export interface WalkedPartition {
  readonly workspaceId: string
  readonly sourceId: string
  readonly partition: number
}

/**
 * Finds the offsets in (from, upTo] of a partition, ascending without a gap: what expired, then parts, then
 * the tail, whatever rolls and compactions do meanwhile. Throws a MissingRecords where they are nowhere.
 * Cost: a call for each list of parts and each MiB of tail; no part is got.
 */
export async function* walkLog(
  peers: Peers,
  walked: WalkedPartition,
  from: number,
  upTo: number,
): AsyncGenerator<LogStretch> {
  const { workspaceId, sourceId, partition } = walked
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
      yield { kind: 'expired', after: before, upTo: after }
    }
    for (const part of list.parts) {
      // A part that came of a compaction may begin with rows that its predecessors have given already.
      if (part.partition !== partition || part.end - 1 <= after || part.start > upTo) continue
      if (part.start > after + 1) break
      const reached = after
      after = Math.min(part.end - 1, upTo)
      yield { kind: 'part', part, after: reached, upTo: after }
    }
    if (list.next !== undefined && after > before) continue
    if (after < mark && after < upTo) {
      throw new MissingRecords(`Offsets above ${after} of partition ${partition} are in no part.`)
    }
    after = yield* walkTail(peers, walked, after, upTo)
    // Rows may leave the tail after the catalogue was asked: then the next list has them.
    if (after > before) isStuck = false
    else if (!isStuck) isStuck = true
    else {
      throw new MissingRecords(
        `Offsets above ${after} of partition ${partition} are neither in parts nor tail.`,
      )
    }
  }
}

/** Gives the tail's pieces; ends early, with the offset reached, where records have left the tail. */
export async function* walkTail(
  peers: Peers,
  { workspaceId, sourceId, partition }: WalkedPartition,
  from: number,
  upTo: number,
): AsyncGenerator<LogStretch, number> {
  const peer = peers.partition(workspaceId, sourceId, partition)
  let after = from
  while (after < upTo) {
    const reply = await peer.readTail({ format: messageFormat, after, upTo })
    if (reply.outcome === 'forgotten') return after
    if (reply.outcome === 'corrupt') {
      throw new MissingRecords(`Partition ${partition} cannot be read on: ${reply.damage.reason}.`)
    }
    if (reply.upTo <= after) {
      throw new Error(`The tail of partition ${partition} holds nothing above offset ${after}.`)
    }
    const reached = after
    after = reply.upTo
    yield { kind: 'tail', pieces: reply.pieces, after: reached, upTo: after }
  }
  return after
}

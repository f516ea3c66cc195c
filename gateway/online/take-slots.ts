import { messageFormat } from '../contracts/message.ts'
import { firstCountOf, parentOf } from '../doubling.ts'
import type { Peers, Report, Storage } from '../ports.ts'
import type { ShardStatements } from './shard-statements.ts'
import { type SplitStatements, splitStatements } from './split-statements.ts'

export interface ShardIdentity {
  readonly workspaceId: string
  readonly entitySetId: string
  readonly shard: number
}

/**
 * Takes a new shard's slots over from the shard that had them, page by page, then its marks in the
 * transaction that makes them its own. A crash begins anew: what is given away stays as it is until then.
 * Cost: a call for each 4 MiB, a row for each page.
 */
export async function takeSlots(
  {
    storage,
    peers,
    report,
  }: { readonly storage: Storage; readonly peers: Peers; readonly report: Report },
  { workspaceId, entitySetId, shard }: ShardIdentity,
  statements: ShardStatements,
  split: SplitStatements,
): Promise<void> {
  const parent = parentOf(shard)
  if (parent === undefined) throw new Error('The first shard takes nothing over.')
  const ask = { format: messageFormat, shard, shards: firstCountOf(shard) }
  const giver = () => peers.shard(workspaceId, entitySetId, parent)
  let reply = await giver().giveSlots(ask)
  const stood = JSON.stringify([reply.marks, reply.backfills, reply.views])
  // A giver that was restored since an earlier try may have other pages, at other marks.
  split.dropPages()
  for (;;) {
    const { pages, next } = reply
    if (JSON.stringify([reply.marks, reply.backfills, reply.views]) !== stood)
      throw new Error('The shard that gives its slots away was restored meanwhile.')
    storage.transaction(() => {
      for (const page of pages) split.takePage(page)
    })
    if (next === undefined) break
    reply = await giver().giveSlots({ ...ask, from: next })
  }
  const { marks, backfills, pagesPerSlot, views, released } = reply
  if (released) report('slots were taken before and are lost', { entitySet: entitySetId, shard })
  storage.transaction(() => {
    // Where the pages are lost, so is what they had folded: deliveries begin anew, and so does history.
    const lost = { status: 'degraded', againMs: 0 } as const
    for (const view of views) statements.setView(released ? { ...view, ...lost } : view)
    statements.setPagesPerSlot(pagesPerSlot)
    statements.setClean(released ? { marks: {}, backfills: {} } : { marks, backfills })
    split.setTaken(firstCountOf(shard))
  })
}

/** Tells the giver that its frozen pages are not needed any more; repeatable. */
export async function releaseTaken(
  { storage, peers }: { readonly storage: Storage; readonly peers: Peers },
  { workspaceId, entitySetId, shard }: ShardIdentity,
): Promise<undefined> {
  const parent = parentOf(shard)
  if (parent === undefined) return undefined
  // What makes them unneeded must be confirmed before the call leaves.
  await storage.sync()
  const giver = peers.shard(workspaceId, entitySetId, parent)
  await giver.releaseSlots({ format: messageFormat, shards: firstCountOf(shard) })
  splitStatements(storage, shard).setReleased()
  return undefined
}

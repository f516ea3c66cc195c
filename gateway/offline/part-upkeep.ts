import type { Part } from '../contracts/catalogue-contract.ts'
import { messageFormat } from '../contracts/message.ts'
import { createDuties } from '../duties.ts'
import { compactParts, type UpkeepContext } from './compact-parts.ts'
import { deleteRetired, expireParts } from './expire-parts.ts'
import { hourClosesMs } from './plan-compaction.ts'

/** A catalogue's duties: small parts of closed hours become one, old ones expire, their objects go. */
export function createPartUpkeep(context: UpkeepContext) {
  const { ports, catalogue, upkeep, workspaceId, sourceId } = context
  const { clock, peers, upkeepSizes } = ports
  const sourceOf = () => peers.registry(workspaceId).source({ format: messageFormat, sourceId })
  const deleteLater = () => duties.set('delete', clock.now() + upkeepSizes.graceMs)

  const duties = createDuties(ports, {
    /** One compaction a turn. */
    compact: async () => {
      const source = await sourceOf()
      if (source?.retentionMs !== undefined) duties.set('expire', clock.now())
      const outcome = await compactParts(context, source, deleteLater)
      if (outcome.status === 'compacted') return clock.now()
      return outcome.status === 'nothing' ? outcome.dueMs : undefined
    },
    expire: async () => {
      const source = await sourceOf()
      if (source?.retentionMs === undefined) return undefined
      return expireParts(context, source.retentionMs, deleteLater)
    },
    delete: () => deleteRetired(context),
  })

  return {
    /** Notes what a committed part will need; part of the commit's transaction. */
    committed({ key }: Pick<Part, 'key'>): void {
      const closesMs = hourClosesMs(key, upkeepSizes)
      if (closesMs !== undefined) duties.set('compact', Math.max(closesMs, clock.now()))
    },
    /** A commit came again after its part had left the list: a late put may have made its object anew. */
    committedAgain(part: Omit<Part, 'committedUs'>): void {
      if (catalogue.part(part.name) !== undefined) return
      if (upkeep.retiredPart(part.name) !== undefined) return
      upkeep.retireAgain(part, clock.now() * 1_000)
      deleteLater()
    },
    /** Lets compactions go on; gives why they had stopped. */
    resume(): string | undefined {
      const stopped = upkeep.stopped()
      if (stopped === undefined) return undefined
      upkeep.setStopped(null)
      duties.set('compact', clock.now())
      return stopped
    },
    run: () => duties.run(),
    wake: () => duties.wake(),
  }
}

import { causeOf } from '../cause-of.ts'
import type {
  CatalogueContract,
  CommitMessage,
  CommitReply,
} from '../contracts/catalogue-contract.ts'
import { checkFormat, messageFormat } from '../contracts/message.ts'
import type { Ports } from '../ports.ts'
import { catalogueStatements } from './catalogue-statements.ts'
import { createPartUpkeep } from './part-upkeep.ts'
import { upkeepStatements } from './upkeep-statements.ts'

/** Ranges of the journal in one reply. */
const journalPage = 5_000
/** Parts in one reply: about 2 MB of them. */
const partsPage = 5_000

export interface CatalogueIdentity {
  readonly workspaceId: string
  readonly sourceId: string
}

/** A source's catalogue: its partitions with their marks, the ranges ever committed, and its parts. */
export function createCatalogue(
  ports: Ports,
  { workspaceId, sourceId }: CatalogueIdentity,
): CatalogueContract & { alarm(): Promise<void> } {
  const { clock, storage, peers, report } = ports
  const statements = catalogueStatements(storage)
  const upkeepState = upkeepStatements(storage)
  storage.transaction(() => {
    statements.createTables()
    upkeepState.createTables()
  })
  const context = { ports, catalogue: statements, upkeep: upkeepState, workspaceId, sourceId }
  const upkeep = createPartUpkeep(context)

  const commit = ({ part, digest }: CommitMessage): CommitReply => {
    const { partition, start, end } = part
    const mark = statements.mark(partition) ?? -1
    const done = statements.journalEntry(partition, start)
    if (done !== undefined && done.end === end && done.digest === digest) {
      upkeep.committedAgain(part)
      return { format: messageFormat, outcome: 'already', mark }
    }
    if (start !== mark + 1 || end <= start || done !== undefined) {
      report('commit conflicts', { source: sourceId, partition, start, end, mark })
      return { format: messageFormat, outcome: 'conflict', mark }
    }
    statements.declare(partition)
    statements.insertPart({ ...part, committedUs: clock.now() * 1_000 })
    statements.insertJournalEntry(partition, [start, end], digest)
    statements.setMark(partition, end - 1)
    upkeep.committed(part)
    return { format: messageFormat, outcome: 'committed', mark: end - 1 }
  }

  return {
    declare: async message => {
      checkFormat(message)
      storage.transaction(() => {
        for (let partition = 0; partition < message.partitions; partition++) {
          statements.declare(partition)
        }
      })
      return { format: messageFormat }
    },
    commit: async message => {
      checkFormat(message)
      return storage.transaction(() => commit(message))
    },
    list: async message => {
      checkFormat(message)
      const expired = upkeepState.expired()
      const stopped = upkeepState.stopped()
      const { from = { partition: message.partition ?? 0, above: -1 } } = message
      const parts = statements.parts(from, message.partition, partsPage)
      const last = parts.at(-1)
      return {
        format: messageFormat,
        partitions: statements.partitions().map(({ partition, mark }) => {
          const gone = expired.get(partition)
          return { partition, mark, ...(gone === undefined ? {} : { expired: gone }) }
        }),
        parts,
        ...(last === undefined || parts.length < partsPage
          ? {}
          : { next: { partition: last.partition, above: last.end } }),
        ...(message.withTotals === true ? { totals: statements.totals() } : {}),
        ...(stopped === undefined ? {} : { stopped }),
      }
    },
    part: async message => {
      checkFormat(message)
      // A part that left the list is still there for whoever read an older one.
      return statements.part(message.name) ?? upkeepState.retiredPart(message.name)
    },
    journal: async message => {
      checkFormat(message)
      const ranges = statements.journal(message.partition, message.from, journalPage)
      const last = ranges.at(-1)
      return last === undefined || ranges.length < journalPage
        ? { format: messageFormat, ranges }
        : { format: messageFormat, ranges, next: last.start + 1 }
    },
    note: async message => {
      checkFormat(message)
      storage.transaction(() => {
        statements.declare(message.partition)
        statements.setHolds(message.partition, message.holds)
      })
      return { format: messageFormat, mark: statements.mark(message.partition) ?? -1 }
    },
    resume: async message => {
      checkFormat(message)
      const stopped = storage.transaction(upkeep.resume)
      return { format: messageFormat, ...(stopped === undefined ? {} : { stopped }) }
    },
    sweep: async message => {
      checkFormat(message)
      upkeep.wake()
      const holding = statements.partitions().filter(({ holds }) => holds)
      const woken = await Promise.allSettled(
        holding.map(({ partition }) =>
          peers.partition(workspaceId, sourceId, partition).wake({ format: messageFormat }),
        ),
      )
      for (const [at, outcome] of woken.entries()) {
        if (outcome.status === 'fulfilled') continue
        const { partition } = holding[at] ?? {}
        report('partition not woken', {
          source: sourceId,
          partition,
          cause: causeOf(outcome.reason),
        })
      }
      return { format: messageFormat, woken: holding.length }
    },
    alarm: () => upkeep.run(),
  }
}

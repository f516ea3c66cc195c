import { limits } from '../../shared/limits.ts'
import { causeOf } from '../cause-of.ts'
import type { AppendMessage, AppendReply, VerdictRun } from '../contracts/append.ts'
import type { LogPartitionContract } from '../contracts/log-partition-contract.ts'
import { checkFormat, messageFormat } from '../contracts/message.ts'
import { createDuties } from '../duties.ts'
import type { Ports } from '../ports.ts'
import type { ResolvedSource } from '../registry/resolved-definitions.ts'
import { type Appended, appendGroup } from './append-group.ts'
import { watchDamage } from './damage-watch.ts'
import { createDeliveries } from './deliveries.ts'
import { forgetSegments } from './forget.ts'
import { fullness } from './fullness.ts'
import { createGroupCommit } from './group-commit.ts'
import { partitionState } from './held-records.ts'
import { createInheritance } from './inheritance.ts'
import { isRollDue, loadLog, rollDueMs } from './log-state.ts'
import { logStatements } from './log-statements.ts'
import { recentPieces } from './recent-pieces.ts'
import { rollLog } from './roll.ts'
import { serveRecords } from './serve-records.ts'
import { sharedCall } from './shared-call.ts'
import { createTailNote } from './tail-note.ts'

export interface PartitionIdentity {
  readonly workspaceId: string
  readonly sourceId: string
  readonly partition: number
}

const forgetAgainMs = 6_000

/** One ordered piece of a source's log: it judges, stores, delivers, rolls and forgets records. */
export function createLogPartition(
  ports: Ports,
  identity: PartitionIdentity,
): LogPartitionContract & { alarm(): Promise<void> } {
  const { clock, storage, peers } = ports
  const { workspaceId, sourceId, partition } = identity
  const log = logStatements(storage)
  let state = storage.transaction(() => loadLog(log, ports.rollSizes, partition))
  const watched = watchDamage(ports, identity, () => state, log)
  watched.noticeLoaded()
  const recent = recentPieces()
  const records = serveRecords(() => state, recent, watched)
  let rolling: Promise<unknown> = Promise.resolve()

  const duties = createDuties(ports, {
    roll: async () => {
      const { status } = await exclusively(() =>
        rollLog(rollContext, isRollDue(state, clock.now())),
      )
      duties.set('forget', clock.now())
      if (status === 'waiting') return clock.now() + forgetAgainMs
      if (status === 'stopped') return undefined
      return rollDueMs(state)
    },
    forget: async () => {
      const waitsFor = await exclusively(() => forgetSegments(() => state, log, deliveries))
      await noteTail()
      return waitsFor === 'shards' ? clock.now() + forgetAgainMs : undefined
    },
  })
  const rollContext = { ports, log, state: () => state, workspaceId, sourceId, partition }

  /** Rolls and forgetting go one after the other; appends go on meanwhile. */
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const done = rolling.then(work, work)
    rolling = done.catch(() => undefined)
    return done
  }

  const deliveries = createDeliveries({
    ports,
    identity,
    state: () => state,
    read: (...asked) => records.forShard(...asked),
    refresh: () => refreshDefinition(),
  })

  let appending = 0
  const noteTail = createTailNote(ports, identity, () => peers.catalogue(workspaceId, sourceId), {
    holds: () => appending > 0 || state.open.rows > 0 || state.closed.length > 0,
    last: () => state.next - 1,
  })

  const adopt = (source: ResolvedSource) => {
    if (source.version <= (state.definition?.version ?? -1)) return
    storage.transaction(() => {
      log.setDefinition(source)
      const declared = new Set(source.views.map(({ id }) => id))
      // One that comes back, with a registry that was restored, lacks what is not delivered from here on.
      for (const id of state.subscriptions.keys()) if (!declared.has(id)) log.unsubscribe(id)
      for (const id of declared) log.subscribe(id, state.next - 1)
    })
    state.definition = source
    state.subscriptions = log.subscriptions()
  }

  const refreshDefinition = async (seen = 0) => {
    const message = { format: messageFormat, sourceId, seen }
    const source = await peers.registry(workspaceId).source(message)
    if (source !== undefined) adopt(source)
  }

  const store = (messages: readonly AppendMessage[]): readonly Appended[] => {
    try {
      const { rows } = state.open
      const { appended, pieces } = storage.transaction(() => {
        const result = appendGroup(state, log, messages, clock.now())
        if (isRollDue(state, clock.now())) duties.set('roll', clock.now())
        else if (state.open.rows > 0 && rows === 0)
          duties.set('roll', clock.now() + ports.rollSizes.ageMs)
        return result
      })
      recent.add(pieces)
      return appended
    } catch (cause) {
      // What the failed transaction changed in memory is not stored: the tables are the truth.
      state = loadLog(log, ports.rollSizes, partition)
      recent.clear()
      throw cause
    }
  }

  const inheritance = createInheritance(
    ports,
    log,
    () => state,
    parent => peers.partition(workspaceId, sourceId, parent),
    () => deliveries.reach(state.next - 1, limits.ingestDeadlineMs),
    partition,
  )
  const groups = createGroupCommit(store, () => storage.sync())

  /** A new source's partitions are told nothing: they ask when they are first reached, once for all that came. */
  const firstDefinition = sharedCall(() => refreshDefinition())
  /** Gives why nothing may be stored: a peer does not answer, or knows more than this partition. */
  const greetPeers = sharedCall(() => noteTail().then(deliveries.greet, causeOf))
  let waitingText = 0
  const append = async (message: AppendMessage): Promise<AppendReply> => {
    checkFormat(message)
    const full = fullness(state, { requests: appending, text: waitingText })
    if (full !== undefined) return unavailable(full)
    // Counted from here on: whatever it waits for, it is in memory.
    appending++
    waitingText += message.text.length
    const stored = await storeGreeted(message).finally(() => {
      appending--
      waitingText -= message.text.length
    })
    if (typeof stored === 'string') return unavailable(stored, 1_000)
    const { reply, readableAt } = stored
    if (reply.outcome !== 'judged' || readableAt < 0) return reply
    if (await deliveries.reach(readableAt, message.waitMs)) return reply
    return { ...reply, verdicts: reply.verdicts.map(notReadable) }
  }

  const storeGreeted = async (message: AppendMessage): Promise<Appended | string> => {
    if (state.definition === undefined) await firstDefinition()
    if (message.version > (state.definition?.version ?? -1))
      await refreshDefinition(message.version)
    // Nobody declares this source: the registry lost it, and whoever still knows it has to ask.
    if (state.definition === undefined) return { reply: stale(message.version), readableAt: -1 }
    const strange = await greetPeers()
    if (strange !== undefined) return strange
    await inheritance.prepare(message.producer, message.kind)
    return groups.append(message)
  }

  return {
    append,
    subscribe: async message => {
      checkFormat(message)
      adopt(message.source)
      return { format: messageFormat, from: Object.fromEntries(state.subscriptions) }
    },
    takeOver: async message => {
      checkFormat(message)
      return inheritance.handOver(message)
    },
    catchUp: async ({ format, after, version, entitySetId, shard = 0, shards = 1 }) => {
      checkFormat({ format })
      if (version > (state.definition?.version ?? -1)) await refreshDefinition()
      const subscriptions = deliveries.subscriptions(entitySetId)
      const last = state.next - 1
      const reply = {
        ...records.stored(after, last, { entitySetId, shard, shards }),
        subscriptions,
      }
      return reply.outcome === 'pieces' ? { ...reply, last } : reply
    },
    readTail: async message => {
      checkFormat(message)
      return records.stored(message.after, Math.min(message.upTo, state.next - 1))
    },
    snapshot: async message => {
      checkFormat(message)
      return partitionState(state, message.withTouches === true)
    },
    roll: async message => {
      checkFormat(message)
      const reply = await exclusively(() => rollLog(rollContext, true))
      duties.set('forget', clock.now())
      return reply
    },
    wake: async message => {
      checkFormat(message)
      if (state.closed.length > 0) duties.set('roll', clock.now())
      const dueMs = rollDueMs(state)
      if (dueMs !== undefined) duties.set('roll', dueMs)
      duties.wake()
    },
    resume: async message => {
      checkFormat(message)
      const { stopped } = state
      if (stopped === undefined) return { format: messageFormat }
      log.setStopped(null)
      state.stopped = undefined
      watched.forget()
      duties.set('roll', clock.now())
      return { format: messageFormat, stopped }
    },
    alarm: () => duties.run(),
  }
}

function stale(version: number): AppendReply {
  return { format: messageFormat, outcome: 'stale', version }
}

function unavailable(reason: string, retryMs = 5_000): AppendReply {
  return { format: messageFormat, outcome: 'unavailable', reason, retryMs }
}

function notReadable(run: VerdictRun): VerdictRun {
  return run.status === 'accepted' || run.status === 'duplicate'
    ? { status: 'retry', code: 'not_readable_yet', count: run.count }
    : run
}

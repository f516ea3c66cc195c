import type { AnyField } from '../../shared/fields/field.ts'
import { askAgain } from '../ask-again.ts'
import type { Part } from '../contracts/catalogue-contract.ts'
import type { PartitionState } from '../contracts/log-partition-contract.ts'
import { type Damage, messageFormat } from '../contracts/message.ts'
import { lastTouchIn, reachOf } from '../log/shard-filter.ts'
import { listParts } from '../offline/list-parts.ts'
import { readWholePart } from '../offline/whole-part.ts'
import type { Clock, PartStore, Peers } from '../ports.ts'
import type { ResolvedSource } from '../registry/resolved-definitions.ts'
import { type AppliedFacts, checkParts, denseTrack, type PartitionFacts } from './oracles.ts'

export interface AuditPorts {
  readonly clock: Clock
  readonly peers: Peers
  readonly parts: PartStore
}

export interface AuditedPartition {
  readonly source: ResolvedSource
  readonly fields: readonly AnyField[]
  readonly partition: number
  /** Reads every part again. */
  readonly deep: boolean
}

/** How often a partition is looked at again because something moved meanwhile. */
const maxTries = 6
const firstPauseMs = 20

/**
 * Gathers what is known of one partition at one cut, and with `deep` a look at the file of each part. An object
 * that just restarts is asked again: that is no disagreement. Files are read once.
 */
export async function gatherFacts(
  ports: AuditPorts,
  audited: AuditedPartition,
): Promise<PartitionFacts> {
  const facts = await askAgain(ports.clock, () => gatherCut(ports, audited))
  if (!audited.deep) return { ...facts, files: [] }
  return { ...facts, files: await checkFiles(ports.parts, facts.parts, audited.fields) }
}

/**
 * Gathers what is known of one partition at one cut: the catalogue first, then the last offset, then the
 * tail above the catalogue's mark, read to its end. Looks again when a roll came between. Cost: some calls,
 * one for each MiB of tail and 5,000 ranges of the journal.
 */
async function gatherCut(
  ports: AuditPorts,
  audited: AuditedPartition,
): Promise<Omit<PartitionFacts, 'files' | 'parts'> & { parts: readonly Part[] }> {
  const { clock, peers } = ports
  const { source, partition } = audited
  const peer = peers.partition(source.workspaceId, source.id, partition)
  const catalogue = peers.catalogue(source.workspaceId, source.id)
  for (let tries = 1; ; tries++) {
    const before = await peer.snapshot({ format: messageFormat, withTouches: true })
    const list = await listParts(catalogue, partition)
    const { mark = -1, expired } = list.partitions.find(at => at.partition === partition) ?? {}
    const { parts } = list
    const applied = await appliedOf(peers, audited, before)
    // After the shards: they have folded nothing that is not given out by now.
    const state = await peer.snapshot({ format: messageFormat })
    const from = source.logOffline ? mark + 1 : state.first
    const tail = await countTail(peers, audited, from, state.last)
    const moved =
      tail === 'moved' ||
      // A compaction between two pages of the list is no disagreement.
      (list.pages > 1 && checkParts({ parts, mark, ...(expired && { expired }) }).length > 0) ||
      (source.logOffline && (before.committed !== mark || state.committed !== mark))
    if (moved && tries < maxTries) {
      await clock.sleep(firstPauseMs * 2 ** tries)
      continue
    }
    return {
      logOffline: source.logOffline,
      accepted: state.last + 1,
      committed: state.committed,
      mark,
      parts,
      ...(expired === undefined ? {} : { expired }),
      journal: await checkJournal(peers, audited, mark),
      tail: tail === 'moved' ? { from, records: 0, damage: [] } : tail,
      applied,
      stopped: state.stopped ?? list.stopped,
    }
  }
}

/** Counts the records in [from, last] by reading them; what cannot be read is named and passed over. */
async function countTail(
  peers: Peers,
  { source, partition }: AuditedPartition,
  from: number,
  last: number,
): Promise<PartitionFacts['tail'] | 'moved'> {
  const peer = peers.partition(source.workspaceId, source.id, partition)
  const damage: Damage[] = []
  let records = 0
  let after = from - 1
  while (after < last) {
    const reply = await peer.readTail({ format: messageFormat, after, upTo: last })
    if (reply.outcome === 'forgotten') return 'moved'
    if (reply.outcome === 'corrupt') {
      damage.push(reply.damage)
      after = reply.damage.end - 1
      continue
    }
    if (reply.upTo <= after) break
    for (const { text } of reply.pieces) records += text.split('\n').length
    after = reply.upTo
  }
  return { from, records, damage }
}

async function checkJournal(
  peers: Peers,
  { source, partition }: AuditedPartition,
  mark: number,
): Promise<string[]> {
  const catalogue = peers.catalogue(source.workspaceId, source.id)
  const track = denseTrack('ranges of the journal')
  let from: number | undefined = 0
  while (from !== undefined && from <= mark) {
    const page = await catalogue.journal({ format: messageFormat, partition, from })
    track.add(page.ranges, mark)
    from = page.next
  }
  return track.end(mark)
}

async function appliedOf(
  peers: Peers,
  { source, partition }: AuditedPartition,
  { touches = { forgotten: {}, all: {} }, last }: PartitionState,
): Promise<AppliedFacts[]> {
  const entitySets = new Map(source.views.map(view => [view.entitySetId, view.shards]))
  return Promise.all(
    [...entitySets].map(async ([entitySet, shards]) => {
      const states = await Promise.all(
        Array.from({ length: shards }, (_, shard) =>
          peers.shard(source.workspaceId, entitySet, shard).state({ format: messageFormat }),
        ),
      )
      const key = `${source.id}/${partition}`
      const shardFacts = states.map((state, shard) => {
        const filter = { entitySetId: entitySet, shard, shards }
        const mark = state.marks[key] ?? -1
        const durable = state.durable[key] ?? -1
        const reached = (at: number) => reachOf(at, last, touches.all, filter)
        const gone = lastTouchIn(touches.forgotten, filter)
        const lacks = gone > durable ? gone : -1
        return { mark: reached(mark), told: mark, durable: reached(durable), lacks }
      })
      return {
        entitySet,
        mark: Math.min(...shardFacts.map(({ mark }) => mark)),
        highest: Math.max(...shardFacts.map(({ told }) => told)),
        durable: Math.min(...shardFacts.map(({ durable }) => durable)),
        lacks: Math.max(...shardFacts.map(({ lacks }) => lacks)),
        withheld: source.views.flatMap(({ id, name }) => {
          const status = states.map(({ withheld }) => withheld[id]).find(Boolean)
          return status === undefined ? [] : [{ view: name, status }]
        }),
      }
    }),
  )
}

async function checkFiles(
  store: PartStore,
  parts: readonly Part[],
  fields: readonly AnyField[],
): Promise<string[]> {
  const wrong: string[] = []
  for (const part of parts) {
    try {
      const groups = readWholePart(store, part, fields, [])
      while (!(await groups.next()).done);
    } catch (cause) {
      wrong.push(cause instanceof Error ? cause.message : `The part ${part.name} cannot be read.`)
    }
  }
  return wrong
}

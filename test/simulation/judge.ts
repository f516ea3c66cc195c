import { messageFormat } from '../../gateway/contracts/message.ts'
import { entityKeyOf } from '../../gateway/online/entity-key.ts'
import type { ResolvedSource, ResolvedView } from '../../gateway/registry/resolved-definitions.ts'
import type { HazardRules } from './hazards.ts'
import { checkAggregates, readAggregateViews } from './judge-aggregates.ts'
import { judgeHurt } from './judge-hurt.ts'
import type { Ledger } from './ledger.ts'
import {
  checkCatalogue,
  checkFrame,
  checkObjects,
  checkReceipts,
  countRows,
  type FrameRow,
  latestRows,
} from './oracles.ts'
import type { SimWorld } from './sim-world.ts'
import { sourceNameOf } from './source-name.ts'
import type { FeatureReading, Watcher } from './watcher.ts'
import { workspaceId } from './workload.ts'

/** A cut in mid-flow holds what was acknowledged before it began, each record once, without gaps. */
export async function checkCut(
  watcher: Watcher,
  ledger: Ledger,
  isGraceKept: boolean,
  { isReadable }: Pick<HazardRules, 'isReadable'>,
): Promise<void> {
  const { sources } = await watcher.definitions()
  for (const source of sources) {
    const name = sourceNameOf(source)
    const before = new Map(ledger.settled)
    // What is in them was stored before the data frame is read.
    const aggregates = await readAggregateViews(watcher, source, false)
    const reading = watcher.frameInMidFlow(source, isGraceKept ? ledger.wrong : [])
    const rows = await reading.catch(cause => {
      if (isReadable) ledger.wrong.push(`I11 no cut of ${name}: ${cause}`)
      return undefined
    })
    if (rows === undefined) continue
    const sentences = [
      ...checkFrame(name, rows, ledger),
      ...checkReceipts(name, rows, before, ledger),
      ...checkAggregates(source, aggregates, rows, () => true),
    ]
    for (const sentence of sentences) ledger.wrong.push(`in mid-flow: ${sentence}`)
  }
}

/** What was listed is there for whoever comes with an old list, until the grace period is over. */
export async function checkOldLists(
  watcher: Watcher,
  waitMs: number,
  { wrong }: Ledger,
): Promise<void> {
  const { sources } = await watcher.definitions()
  const found = await Promise.all(sources.map(source => watcher.oldList(source, waitMs)))
  wrong.push(...found.flat())
}

/** I11: tails are rolled in time by the alarms of their partitions alone. */
export async function checkTails(watcher: Watcher, world: SimWorld, ledger: Ledger): Promise<void> {
  const { sources } = await watcher.definitions()
  for (const { id, name, partitions } of sources) {
    for (let partition = 0; partition < partitions; partition++) {
      const peer = world.watching.peers.partition(workspaceId, id, partition)
      const { tailRecords } = await watcher.persist(() => peer.snapshot({ format: messageFormat }))
      if (tailRecords === 0) continue
      ledger.wrong.push(`I11 ${name}/${partition} keeps ${tailRecords} records that no alarm rolls`)
    }
  }
}

/**
 * All laws at rest: what the log, the catalogue, the features and the senders say fits together. Whatever
 * does not, the live audit has to say so too; what it calls whole is held to every law.
 */
export async function judge(
  watcher: Watcher,
  world: SimWorld,
  ledger: Ledger,
  rules: HazardRules,
  clicksViewVersion: number,
): Promise<void> {
  const { wrong, pushed, settled, lost } = ledger
  for (const id of rules.isAnswered ? pushed.keys() : []) {
    if (!settled.has(id) && !lost.has(id)) {
      wrong.push(`I8 record ${id} was pushed and nobody heard of it again`)
    }
  }
  const disagreements = await watcher.audit(!rules.isWhole)
  if (rules.isWhole) wrong.push(...disagreements.map(sentence => `audit: ${sentence}`))
  else if (disagreements.length > 0) return judgeHurt(watcher, ledger, rules)
  const { sources } = await watcher.definitions()
  const listed = new Set<string>()
  for (const source of sources) {
    const name = sourceNameOf(source)
    const rows = await watcher.frame(source)
    wrong.push(...checkFrame(name, rows, ledger), ...checkReceipts(name, rows, settled, ledger))
    const found: string[] = []
    const keys = await judgePartitions(watcher, world, source, rows, clicksViewVersion, found)
    // A backup may know nothing of a tail that an alarm lost has left: nothing is lost, and it takes longer.
    wrong.push(...found.filter(sentence => rules.isWhole || !sentence.startsWith('I11')))
    for (const key of keys) listed.add(key)
    for (const restarted of [false, true]) {
      // What is served after a restart of everything at rest is the same fold.
      if (restarted) for (const object of world.objects.values()) object.evict()
      const when = restarted ? ' after a restart' : ''
      // Once by each view's own edge, once by that of the newest records, which lie behind the moment.
      const edge = restarted ? 'latest_event_time' : undefined
      const aggregates = await readAggregateViews(watcher, source, true, edge)
      wrong.push(...checkAggregates(source, aggregates, rows, () => rules.mayWithhold, when))
      for (const view of source.views) {
        if (view.aggregation !== undefined) continue
        const keyOf = (row: FrameRow) => entityKeyOf(view.joinKeys, { ...row })
        const counts = countRows(rows, keyOf)
        for (const [key, row] of latestRows(rows, keyOf)) {
          const { status, id, count } = await served(watcher, view, row)
          if (status === 'unknown' && rules.mayWithhold) continue
          if (id !== row.id) {
            wrong.push(`I4 ${view.name} serves ${id ?? status}${when}, the log says ${row.id}`)
          } else if (count !== counts.get(key) && rules.isAnswered) {
            // A page that was written alone keeps what a restored partition has lost.
            const logged = counts.get(key)
            wrong.push(`I4 ${view.name} folded ${count} of ${logged} records of ${key}${when}`)
          }
        }
      }
    }
  }
  const atRest: string[] = []
  for (const key of await retiredKeys(watcher, world, atRest)) listed.add(key)
  // What a bit flip has stopped, the audit says of sources that are declared.
  if (rules.isWhole) wrong.push(...atRest)
  if (rules.isWhole) wrong.push(...checkObjects(world.parts.keys(), listed))
}

/** Objects of sources that were recreated: their tails are rolled all the same. */
async function retiredKeys(
  watcher: Watcher,
  { watching: { peers } }: SimWorld,
  wrong: string[],
): Promise<string[]> {
  const keys: string[] = []
  const message = { format: messageFormat }
  const retired = await watcher.persist(() => peers.registry(workspaceId).retired(message))
  for (const { source } of retired) {
    for (let partition = 0; partition < source.partitions; partition++) {
      const peer = peers.partition(workspaceId, source.id, partition)
      const { tailRecords } = await watcher.persist(() => peer.snapshot(message))
      if (tailRecords > 0) wrong.push(`I11 ${source.name}, gone, rests with ${tailRecords} records`)
    }
    const catalogue = peers.catalogue(workspaceId, source.id)
    const { parts } = await watcher.persist(() => catalogue.list(message))
    keys.push(...parts.map(({ key }) => key))
  }
  return keys
}

/** A view's reading once its history is folded: a late view, or one that was built anew, takes a while. */
function served(watcher: Watcher, view: ResolvedView, row: FrameRow) {
  let reading: FeatureReading = { status: 'unknown' }
  const ask = async () => {
    reading = await watcher.feature(view, { ...row })
    if (reading.status === 'unknown') throw new Error(`${view.name} is not served yet.`)
  }
  return watcher.persist(ask).then(
    () => reading,
    () => reading,
  )
}

/** Tails are empty, catalogues dense, marks within what was given out, stamps as the views demand; gives its objects. */
async function judgePartitions(
  watcher: Watcher,
  world: SimWorld,
  source: ResolvedSource,
  rows: readonly FrameRow[],
  clicksViewVersion: number,
  wrong: string[],
): Promise<string[]> {
  const name = sourceNameOf(source)
  const { peers } = world.watching
  const nextOffsets = new Map<number, number>()
  for (let partition = 0; partition < source.partitions; partition++) {
    const peer = peers.partition(workspaceId, source.id, partition)
    const state = await watcher.persist(() => peer.snapshot({ format: messageFormat }))
    nextOffsets.set(partition, state.last + 1)
    if (state.tailRecords > 0) {
      wrong.push(`I11 ${name}/${partition} rests with ${state.tailRecords} records in its tail`)
    }
    if (state.committed !== state.last) {
      wrong.push(`I11 ${name}/${partition} rests at ${state.last}, committed to ${state.committed}`)
    }
    const { from } = await watcher.persist(() => peer.subscribe({ format: messageFormat, source }))
    const firstOf = Object.values(from)
    // More partitions or shards make another version too; only the view of `clicks` came after its source.
    const viewVersion = source.name === 'clicks' ? clicksViewVersion : 0
    for (const row of rows.filter(row => row._partition === partition)) {
      if (firstOf.some(after => row._offset > after) && row._version < viewVersion) {
        wrong.push(`I9 ${row.id} was admitted by version ${row._version} after its view subscribed`)
      }
    }
  }
  const catalogue = peers.catalogue(workspaceId, source.id)
  const list = await watcher.persist(() => catalogue.list({ format: messageFormat }))
  wrong.push(...checkCatalogue(name, list, nextOffsets))
  if (rows.some(row => row._version > source.version)) {
    wrong.push(`I9 ${name} holds records of a version that its definition never had`)
  }
  return list.parts.map(({ key }) => key)
}

import type { Receipt } from '../../client/receipt.ts'
import { messageFormat } from '../../gateway/contracts.ts'
import { readDataFrame } from '../../gateway/offline/data-frame.ts'
import { entityKeyOf } from '../../gateway/online/entity-key.ts'
import type { Ports } from '../../gateway/ports.ts'
import type { ResolvedDefinitions } from '../../gateway/registry/resolved-definitions.ts'
import { decodeFields } from '../../shared/fields/encode-fields.ts'
import type { Actor } from './actor.ts'
import type { Faults } from './faults.ts'
import { checkFrame, checkReceipts, type FrameRow, latestRows } from './oracles.ts'
import { seededRandom } from './seeded-random.ts'
import { type SimDevice, type SimRecord, simDevice } from './sim-device.ts'
import { simWorker } from './sim-worker.ts'
import { simWorld } from './sim-world.ts'
import { virtualTime } from './virtual-time.ts'
import { definitionsOf, drawRecord, startMs, workspace, workspaceId } from './workload.ts'

export interface ScheduleResult {
  readonly seed: number
  /** Sentences on what must not be; empty when all is well. */
  readonly wrong: readonly string[]
  readonly faults: number
  readonly calls: number
  readonly events: number
  readonly virtualMs: number
  /** The same for the same seed and code. */
  readonly hash: number
  readonly trace: readonly string[]
}

/** Reports of production code that must never be made, whatever the faults. */
const forbidden = [
  'roll stopped',
  'commit conflicts',
  'history is missing',
  'view degraded',
  'shard is ahead',
]
const devices = 3
const recordsPerDevice = 14
const pushingMs = 60_000
const maxEvents = 200_000

/** Runs one schedule: devices push through faults, faults stop, everything drains, the oracles judge. */
export async function runSchedule(
  seed: number,
  faultsOf: (random: () => number) => Faults,
  keepTrace = false,
): Promise<ScheduleResult> {
  const random = seededRandom(seed)
  const faults = faultsOf(random)
  const time = virtualTime(startMs, random)
  const lines: string[] = []
  let hash = 0x811c9dc5
  const trace = (line: string) => {
    const stamped = `${time.now() - startMs} ${line}`
    for (let at = 0; at < stamped.length; at++) {
      hash = Math.imul(hash ^ stamped.charCodeAt(at), 0x01000193)
    }
    if (keepTrace) lines.push(stamped)
  }
  const context = { time, random, faults, trace }
  const world = simWorld(context)
  const wrong: string[] = []
  const { source, canonical } = definitionsOf(2 ** Math.floor(random() * 3))
  const holder = { kind: 'ingest' as const, workspaceId, keyId: 'key' }
  const workers = [0, 1].map(at => simWorker(world, `worker ${at}`, holder))
  const operator: Actor = { name: 'operator', life: 0, gate: async () => {}, crash: () => {} }
  const ports = world.portsFor(operator)

  const applied = persist(() =>
    ports.peers.registry(workspaceId).apply({
      format: messageFormat,
      workspace,
      expectedHash: null,
      canonical,
      keyId: 'key',
    }),
  )
  let isApplied = false
  void applied.then(() => {
    isApplied = true
  })
  await time.run(maxEvents, () => isApplied)

  const pushed = new Map<string, SimRecord>()
  const settled = new Map<string, Receipt>()
  const fleet: SimDevice[] = Array.from({ length: devices }, (_, at) =>
    simDevice(context, `device ${at}`, source, workspace, workers, (record, receipt) => {
      settled.set(record.id, receipt)
      trace(`${record.id} ${receipt.status} ${receipt.code ?? ''}`)
      if (receipt.status === 'accepted') void checkReadable(ports, record, wrong)
    }),
  )
  for (const [at, device] of fleet.entries()) {
    for (let count = 0; count < recordsPerDevice; count++) {
      const record = drawRecord(random, at, count)
      time.at(random() * pushingMs, () => {
        pushed.set(record.id, record)
        device.push(record)
      })
    }
  }
  scheduleDisturbances(context, [...fleet, ...workers], world.objects, random)
  for (let count = 0; count < 2; count++) {
    time.at(random() * pushingMs, () => void checkCut(ports, pushed, settled, wrong))
  }

  await time.run(maxEvents, () => time.now() >= startMs + pushingMs)
  faults.stop()
  trace('faults stop')
  time.at(
    70_000,
    () => void persist(() => ports.peers.registry(workspaceId).sweep({ format: messageFormat })),
  )
  const drained = await time.run(maxEvents)
  if (drained !== 'idle') wrong.push('I11 the run does not come to rest')
  for (const device of fleet) {
    if (device.pending() > 0)
      wrong.push(`I11 ${device.name} still holds ${device.pending()} records`)
  }
  let judged = false
  void judge(ports, pushed, settled, wrong)
    .catch(cause => wrong.push(`the judge failed: ${cause}`))
    .finally(() => {
      judged = true
    })
  await time.run(maxEvents, () => judged)
  if (!judged) wrong.push('I11 the log cannot be read after the faults')
  for (const { event, facts } of world.reports) {
    if (forbidden.includes(event)) wrong.push(`report: ${event} ${facts}`)
  }
  trace(`events ${time.events()}`)
  return {
    seed,
    wrong: [...new Set(wrong)],
    faults: faults.injected(),
    calls: faults.calls(),
    events: time.events(),
    virtualMs: time.now() - startMs,
    hash: hash >>> 0,
    trace: lines,
  }
}

/** Crashes, evictions and deploys at drawn moments while faults are on. */
function scheduleDisturbances(
  { time, trace }: Parameters<typeof simWorld>[0],
  actors: readonly Actor[],
  objects: ReturnType<typeof simWorld>['objects'],
  random: () => number,
): void {
  const disturb = random() < 0.7
  for (let count = 0; disturb && count < 6; count++) {
    const atMs = random() * pushingMs
    const kind = random()
    time.at(atMs, () => {
      const all = [...objects.values()]
      if (kind < 0.1) {
        trace('deploy')
        for (const object of all) object.crash()
        for (const actor of actors) if (actor.name.startsWith('worker')) actor.crash()
      } else if (kind < 0.5) all[Math.floor(random() * all.length)]?.crash()
      else if (kind < 0.75) all[Math.floor(random() * all.length)]?.evict()
      else actors[Math.floor(random() * actors.length)]?.crash()
    })
  }
}

/** Tries again until it works: what an operator does. */
async function persist<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch {
      // The faults of the schedule; they stop at last.
    }
  }
}

async function definitionsFrom(ports: Omit<Ports, 'storage'>): Promise<ResolvedDefinitions> {
  const definitions = await persist(() =>
    ports.peers.registry(workspaceId).definitions({ format: messageFormat }),
  )
  if (definitions === undefined) throw new Error('Nothing was applied.')
  return definitions
}

async function readFrame(ports: Omit<Ports, 'storage'>): Promise<FrameRow[]> {
  const [source] = (await definitionsFrom(ports)).sources
  if (source === undefined) throw new Error('No source was applied.')
  const columns = ['id', 'entity', 'at', 'n', '_partition', '_offset', '_ingest_ts']
  return persist(async () => {
    let text = ''
    const query = {
      workspaceId,
      sourceId: source.id,
      fields: decodeFields(source.fields),
      columns,
      eventTimeField: 'at',
    }
    for await (const lines of readDataFrame(ports, query)) text += lines
    return text
      .split('\n')
      .filter(line => line !== '')
      .map((line): FrameRow => JSON.parse(line))
  })
}

async function readFeature(ports: Omit<Ports, 'storage'>, entity: string) {
  const definitions = await definitionsFrom(ports)
  const view = definitions.sources[0]?.views[0]
  if (view === undefined) throw new Error('No view was applied.')
  const key = entityKeyOf(view.joinKeys, { entity })
  const reply = await persist(() =>
    ports.peers
      .shard(workspaceId, view.entitySetId, 0)
      .read({ format: messageFormat, viewIds: [view.id], keys: [key] }),
  )
  return reply.readings[0]?.[0]
}

/** I5: from the acknowledgement on the record, or a newer one, is what features say. */
async function checkReadable(
  ports: Omit<Ports, 'storage'>,
  record: SimRecord,
  wrong: string[],
): Promise<void> {
  const reading = await readFeature(ports, record.entity)
  if (reading?.status !== 'present') {
    wrong.push(`I5 ${record.id} was acknowledged, and its entity is ${reading?.status}`)
  } else if (Date.parse(reading.state.eventTime) < Date.parse(record.at)) {
    wrong.push(`I5 ${record.id} was acknowledged, and an older record is served`)
  }
}

/** A cut in mid-flow holds what was acknowledged before it began, each record once, without gaps. */
async function checkCut(
  ports: Omit<Ports, 'storage'>,
  pushed: ReadonlyMap<string, SimRecord>,
  settled: ReadonlyMap<string, Receipt>,
  wrong: string[],
): Promise<void> {
  const before = new Map(settled)
  const rows = await readFrame(ports)
  for (const sentence of [...checkFrame(rows, pushed), ...checkReceipts(rows, before, pushed)]) {
    wrong.push(`in mid-flow: ${sentence}`)
  }
}

async function judge(
  ports: Omit<Ports, 'storage'>,
  pushed: ReadonlyMap<string, SimRecord>,
  settled: ReadonlyMap<string, Receipt>,
  wrong: string[],
): Promise<void> {
  const rows = await readFrame(ports)
  wrong.push(...checkFrame(rows, pushed), ...checkReceipts(rows, settled, pushed))
  for (const id of pushed.keys()) {
    if (!settled.has(id)) wrong.push(`I8 record ${id} was pushed and nobody heard of it again`)
  }
  for (const [entity, row] of latestRows(rows)) {
    const reading = await readFeature(ports, entity)
    const served = reading?.status === 'present' ? reading.state.values[0] : reading?.status
    if (served !== row.id)
      wrong.push(`I4 entity ${entity} serves ${served}, the log says ${row.id}`)
  }
  const [source] = (await definitionsFrom(ports)).sources
  for (let partition = 0; partition < (source?.partitions ?? 0); partition++) {
    const peer = ports.peers.partition(workspaceId, source?.id ?? '', partition)
    const state = await persist(() => peer.snapshot({ format: messageFormat }))
    if (state.tailRecords > 0) {
      wrong.push(`I11 partition ${partition} rests with ${state.tailRecords} records in its tail`)
    }
  }
}

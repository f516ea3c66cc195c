import type { Part } from '../contracts/catalogue-contract.ts'
import type { Ports } from '../ports.ts'
import type { ResolvedSource } from '../registry/resolved-definitions.ts'
import { schemaVersions } from '../schema-versions.ts'
import { type BuiltPart, buildPart } from './build-part.ts'
import type { CatalogueStatements } from './catalogue-statements.ts'
import { compactedKey, compactedName, partHourMs } from './part-key.ts'
import { planCompaction } from './plan-compaction.ts'
import { replayParts } from './replay-parts.ts'
import { storePart } from './store-part.ts'
import type { CompactionIntent, UpkeepStatements } from './upkeep-statements.ts'
import { DamagedPart } from './whole-part.ts'

export interface UpkeepContext {
  readonly ports: Ports
  readonly catalogue: CatalogueStatements
  readonly upkeep: UpkeepStatements
  readonly workspaceId: string
  readonly sourceId: string
}

/** `compacted`: there may be more; else when to come again, if ever. */
export type CompactionOutcome =
  | { readonly status: 'compacted' | 'stopped' }
  | { readonly status: 'nothing'; readonly dueMs: number | undefined }

/** Row groups of a compacted part: few for readers, and one at a time in an object's memory. */
const compactedGroups = { rows: 10_000, text: 8_388_608 }

/**
 * Rewrites one run of small parts of a closed hour as one: intent, create-only put, swap in one transaction.
 * A crash anywhere repeats the same object name and rows. Marks, journal and the replaced objects stay as
 * they are; what is stored otherwise than it was committed stops all compactions loudly.
 */
export async function compactParts(
  context: UpkeepContext,
  source: ResolvedSource | undefined,
  swapped: () => void,
): Promise<CompactionOutcome> {
  const { ports, upkeep } = context
  if (upkeep.stopped() !== undefined) return { status: 'stopped' }
  const stored = upkeep.intent()
  const planned = stored === undefined ? planIntent(context) : { intent: stored }
  if (planned.intent === undefined) return { status: 'nothing', dueMs: planned.dueMs }
  if (source === undefined) throw new Error('A compaction needs the definition of its source.')
  // The put is an outgoing call: what it depends on is confirmed before it starts.
  await ports.storage.sync()
  const wrong = await storeAndSwap(context, source, planned.intent, swapped)
  if (wrong === undefined) return { status: 'compacted' }
  upkeep.setStopped(wrong)
  ports.report('compaction stopped', { key: planned.intent.key, reason: wrong })
  return { status: 'stopped' }
}

/** Stores what the next compaction is about to do; partition by partition, to hold few parts in memory. */
function planIntent(context: UpkeepContext): { intent?: CompactionIntent; dueMs?: number } {
  const { ports, catalogue, upkeep, workspaceId, sourceId } = context
  const { upkeepSizes: sizes } = ports
  let dueMs: number | undefined
  for (const { partition } of catalogue.partitions()) {
    const small = upkeep.smallParts(partition, sizes.smallRows, sizes.smallBytes)
    const plan = planCompaction(small, ports.clock.now(), sizes)
    const [first, last] = [plan.parts?.[0], plan.parts?.at(-1)]
    const hourMs = partHourMs(first?.key ?? '')
    if (plan.parts === undefined || !first || !last || hourMs === undefined) {
      dueMs = plan.dueMs === undefined ? dueMs : Math.min(dueMs ?? plan.dueMs, plan.dueMs)
      continue
    }
    const range = [first.start, last.end] as const
    const parts = plan.parts.map(({ name }) => name)
    const intent = ports.storage.transaction(() => {
      const name = compactedName(partition, range, upkeep.nextGeneration())
      const key = compactedKey(workspaceId, sourceId, hourMs, name)
      const intent = { partition, range, key, name, parts }
      upkeep.setIntent(intent)
      return intent
    })
    return { intent }
  }
  return dueMs === undefined ? {} : { dueMs }
}

/** Builds and puts the part and swaps it in; gives the reason where what is stored contradicts. */
async function storeAndSwap(
  context: UpkeepContext,
  source: ResolvedSource,
  intent: CompactionIntent,
  swapped: () => void,
): Promise<string | undefined> {
  const { ports, catalogue, upkeep } = context
  const { key, name, range, partition } = intent
  const parts = intent.parts.flatMap(name => catalogue.part(name) ?? [])
  if (parts.length < intent.parts.length) {
    return `parts of [${range}) of partition ${partition} have left the list`
  }
  const newest = Math.max(...parts.map(({ version }) => version))
  if (newest > source.version) {
    throw new Error(`Records of version ${newest} are newer than the definition of their source.`)
  }
  let built: BuiltPart
  try {
    built = await rebuild(context, source, intent, parts)
  } catch (cause) {
    if (cause instanceof DamagedPart) return cause.message
    throw cause
  }
  const stored = await storePart(ports.parts, key, range, built)
  if (stored === undefined) return `the object ${key} holds other records than the old parts`
  const { eventTimes } = built
  const part: Part = {
    name,
    key,
    partition,
    start: range[0],
    end: range[1],
    rows: built.rows,
    bytes: stored.bytes,
    sha256: stored.sha256,
    version: newest,
    ...(eventTimes === undefined
      ? {}
      : { firstEventTime: eventTimes[0], lastEventTime: eventTimes[1] }),
    // Of the latest of them: retention counts from when records came, not from when they were rewritten.
    committedUs: Math.max(...parts.map(({ committedUs }) => committedUs)),
  }
  const nowUs = ports.clock.now() * 1_000
  ports.storage.transaction(() => {
    for (const { name } of parts) upkeep.retire(name, nowUs)
    catalogue.insertPart(part)
    upkeep.clearIntent()
    swapped()
  })
  return undefined
}

/** Builds the new part of the old ones' rows, yielding between row groups. */
function rebuild(
  { ports, upkeep }: UpkeepContext,
  source: ResolvedSource,
  { partition, range }: CompactionIntent,
  parts: readonly Part[],
): Promise<BuiltPart> {
  const versions = schemaVersions(source)
  const journal = upkeep.journalOf(partition, range)
  const slices = async function* () {
    for await (const pieces of replayParts(ports.parts, parts, versions, journal)) {
      yield pieces
      await ports.clock.sleep(0)
    }
  }
  return buildPart(source, partition, slices(), compactedGroups)
}

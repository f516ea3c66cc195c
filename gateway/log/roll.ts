import { limits } from '../../shared/limits.ts'
import type { Part } from '../contracts/catalogue-contract.ts'
import type { RollReply } from '../contracts/log-partition-contract.ts'
import { type Damage, messageFormat } from '../contracts/message.ts'
import { buildPart } from '../offline/build-part.ts'
import { partKey, partName } from '../offline/part-key.ts'
import { storePart } from '../offline/store-part.ts'
import type { Ports } from '../ports.ts'
import { closeSegment, type LogState } from './log-state.ts'
import type { LogStatements, RollIntent } from './log-statements.ts'
import { maxClosedSegments } from './log-statements.ts'
import { readLog } from './read-log.ts'

export interface RollContext {
  readonly ports: Ports
  readonly log: LogStatements
  /** Asked anew after every await: a failed transaction loads the state again. */
  state(): LogState
  readonly workspaceId: string
  readonly sourceId: string
  readonly partition: number
}

/**
 * Rolls the tail into parts: one of each closed segment, then one of the open segment when asked to close
 * it: intent, create-only put, commit, forget last. A crash anywhere repeats the same object name and
 * rows. A stored object that differs stops all rolls of this partition loudly.
 */
export async function rollLog(context: RollContext, closeOpen: boolean): Promise<RollReply> {
  const { ports, log } = context
  const parts: string[] = []
  let close = closeOpen
  const stop = (reason: string) => {
    context.state().stopped = reason
    log.setStopped(reason)
    const { sourceId, partition } = context
    ports.report('roll stopped', { source: sourceId, partition, reason })
    return reply('stopped', parts, reason)
  }
  for (;;) {
    const { stopped } = context.state()
    if (stopped !== undefined) return reply('stopped', parts, stopped)
    const intent = context.state().intent ?? planIntent(context)
    if (intent === undefined) {
      const { open, closed } = context.state()
      if (!close || open.rows === 0) return reply(parts.length > 0 ? 'rolled' : 'empty', parts)
      // Closed last: a ring full of segments that wait for the object store empties once that is back.
      if (closed.length >= maxClosedSegments) return reply('waiting', parts)
      ports.storage.transaction(() => closeSegment(context.state(), log, ports.clock.now()))
      close = false
      continue
    }
    if (typeof intent === 'string') return stop(intent)
    // The put is an outgoing call: what it depends on is confirmed before it starts.
    await ports.storage.sync()
    const outcome = await storeAndCommit(context, intent)
    if (outcome !== 'committed') return stop(outcome)
    ports.storage.transaction(() => {
      log.clearIntent()
      log.setCommitted(intent.end - 1)
    })
    context.state().intent = undefined
    context.state().committed = intent.end - 1
    parts.push(intent.name)
  }
}

/**
 * Chooses the oldest closed segment that is in no part yet and stores what the roll is about to do; gives
 * the reason where its first record cannot be read.
 */
function planIntent({
  ports,
  log,
  state,
  workspaceId,
  sourceId,
  partition,
}: RollContext): RollIntent | string | undefined {
  const { closed, committed, definition } = state()
  if (definition?.logOffline !== true) return undefined
  const next = closed.find(({ end, notes }) => notes.records > 0 && end - 1 > committed)
  if (next === undefined) return undefined
  const { segment, start, end } = next
  const reading = readLog(state(), log, start - 1, start, 1)
  if (reading.damage !== undefined) return reading.damage.reason
  const name = partName(partition, [start, end])
  const key = partKey(workspaceId, sourceId, reading.pieces[0]?.ingestUs ?? 0, name)
  const intent = { segment, start, end, key, name, version: definition.version }
  ports.storage.transaction(() => log.setIntent(intent))
  state().intent = intent
  return intent
}

/** Puts the part and commits it; gives the reason where what is stored already differs. */
async function storeAndCommit(
  context: RollContext,
  intent: RollIntent,
): Promise<'committed' | string> {
  const { ports, workspaceId, sourceId, partition } = context
  const { start, end, key, name, version } = intent
  const source = context.state().definition
  if (source === undefined) throw new Error('A roll needs the definition of its source.')

  let damage: Damage | undefined
  const slices = async function* () {
    let after = start - 1
    while (after < end - 1) {
      const reading = readLog(context.state(), context.log, after, end - 1, sliceBytes)
      if (reading.damage !== undefined) {
        damage = reading.damage
        return
      }
      after = reading.upTo
      yield reading.pieces
      await ports.clock.sleep(0)
    }
  }
  const built = await buildPart(source, partition, slices())
  if (damage !== undefined) return damage.reason
  if (built.rows !== end - start) {
    return `the tail holds ${built.rows} records of the ${end - start} in [${start}, ${end})`
  }
  const stored = await storePart(ports.parts, key, [start, end], built)
  if (stored === undefined) return `the object ${key} holds other records than the tail`

  const part: Omit<Part, 'committedUs'> = {
    name,
    key,
    partition,
    start,
    end,
    rows: built.rows,
    bytes: stored.bytes,
    sha256: stored.sha256,
    version,
    ...(built.eventTimes === undefined
      ? {}
      : { firstEventTime: built.eventTimes[0], lastEventTime: built.eventTimes[1] }),
  }
  const { outcome } = await ports.peers
    .catalogue(workspaceId, sourceId)
    .commit({ format: messageFormat, part, digest: built.digest })
  return outcome === 'conflict'
    ? `the catalogue holds other ranges than [${start}, ${end}) of partition ${partition}`
    : 'committed'
}

/** Text built at once between two yields, so that no append waits longer than one slice. */
const sliceBytes = limits.maxDeliveryBytes / 4

function reply(status: RollReply['status'], parts: readonly string[], reason?: string): RollReply {
  const base = { format: messageFormat, status, parts }
  return reason === undefined ? base : { ...base, reason }
}

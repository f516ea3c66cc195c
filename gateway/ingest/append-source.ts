import type { RecordCode } from '../../shared/error-codes.ts'
import { limits } from '../../shared/limits.ts'
import type { AppendMessage, ProducerKind, Verdict, VerdictRun } from '../contracts/append.ts'
import { messageFormat } from '../contracts/message.ts'
import { isOverloaded } from '../is-overloaded.ts'
import { partitionOf } from '../log/routing.ts'
import type { Clock, Peers, Random } from '../ports.ts'
import type { JudgedSource } from './judged-source.ts'

/** Who sends a request, as partitions know it. */
export interface Sender {
  readonly producer: string
  readonly kind: ProducerKind
  readonly bodyDigest?: string
}

export type AppendOutcome =
  /** Verdicts by place in the request's array of the source. */
  | { readonly outcome: 'judged'; readonly verdicts: readonly Verdict[] }
  /** The definition is older than the one that the partition knows; absent where its producer has moved. */
  | { readonly outcome: 'stale'; readonly version?: number }
  | { readonly outcome: 'reused_key' }
  | { readonly outcome: 'not_stored'; readonly reason: string; readonly retryMs: number }

const firstRetryMs = 50
const maxRetryMs = 1_000
/** Time beyond the deadline for a partition that answers at the deadline itself. */
const graceMs = 2_000

/**
 * Appends a source's judged records to the partition of their producer, trying again until the deadline:
 * the producer makes every try the same. An overloaded object is not tried again.
 */
export async function appendSource(
  ports: { readonly clock: Clock; readonly random: Random; readonly peers: Peers },
  judged: JudgedSource,
  sender: Sender,
  floor: number,
  deadlineMs: number,
): Promise<AppendOutcome> {
  const { clock, random, peers } = ports
  const source = judged.compiled?.source
  if (source === undefined) return { outcome: 'judged', verdicts: judged.rejected.map(rejected) }
  const partition = partitionOf(sender.producer, source.partitions)
  for (let tries = 0; ; tries++) {
    const waitMs = deadlineMs - clock.now()
    const message = messageOf(judged, source.version, sender, floor, Math.max(0, waitMs))
    let failure: { reason: string; retryMs: number }
    try {
      const peer = peers.partition(source.workspaceId, source.id, partition)
      const reply = await Promise.race([peer.append(message), lateness(clock, waitMs)])
      if (reply === 'late') {
        return {
          outcome: 'not_stored',
          reason: 'its partition did not answer in time',
          retryMs: 1_000,
        }
      }
      if (reply.outcome === 'judged') return judgedOutcome(judged, reply.verdicts)
      if (reply.outcome === 'reused_key') return reply
      // A count that has doubled came with newer definitions, as anything else that makes them stale.
      if (reply.outcome === 'moved') return { outcome: 'stale' }
      if (reply.outcome === 'stale') return { outcome: 'stale', version: reply.version }
      const { reason, retryMs } = reply
      failure = { reason, retryMs }
    } catch (cause) {
      failure = { reason: 'its partition did not answer', retryMs: 1_000 }
      if (isOverloaded(cause)) return { outcome: 'not_stored', ...failure }
    }
    const longest = Math.min(maxRetryMs, firstRetryMs * 2 ** tries)
    const pauseMs = longest * (0.5 + random.number() / 2)
    if (clock.now() + pauseMs >= deadlineMs || failure.retryMs > maxRetryMs) {
      return { outcome: 'not_stored', ...failure }
    }
    await clock.sleep(pauseMs)
  }
}

/** A peer that hangs must not hold a request past its deadline; it answers late by itself otherwise. */
async function lateness(clock: Clock, waitMs: number): Promise<'late'> {
  await clock.sleep(Math.max(0, waitMs) + graceMs)
  return 'late'
}

function messageOf(
  judged: JudgedSource,
  version: number,
  sender: Sender,
  floor: number,
  waitMs: number,
): AppendMessage {
  const { text, sequences, slots, eventTimes } = judged
  return {
    format: messageFormat,
    version,
    ...sender,
    floor,
    text,
    sequences,
    slots,
    ...(eventTimes === undefined ? {} : { eventTimes }),
    rejected: judged.rejected.map(({ sequence, code, field }) =>
      field === undefined ? { sequence, code } : { sequence, code, field },
    ),
    waitMs: Math.min(waitMs, limits.ingestDeadlineMs),
  }
}

/** Puts the partition's verdicts (admitted records first, then rejected ones) back in request order. */
function judgedOutcome(judged: JudgedSource, runs: readonly VerdictRun[]): AppendOutcome {
  const places = [...judged.admitted, ...judged.rejected.map(({ index }) => index)]
  const ordered = new Array<Verdict>(places.length)
  let at = 0
  for (const run of runs) {
    for (const end = at + run.count; at < end; at++) {
      const place = places[at]
      if (place !== undefined) ordered[place] = run
    }
  }
  if (at !== places.length) throw new Error('A partition judged another number of records.')
  return { outcome: 'judged', verdicts: ordered }
}

function rejected({ code, field }: { code: RecordCode; field?: string }): Verdict {
  return field === undefined ? { status: 'rejected', code } : { status: 'rejected', code, field }
}

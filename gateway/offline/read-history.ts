import type { AnyField } from '../../shared/fields/field.ts'
import { limits } from '../../shared/limits.ts'
import type { LogPiece } from '../contracts/message.ts'
import type { PartStore, Peers } from '../ports.ts'
import { type CutPieces, cutPieces } from './cut-pieces.ts'
import { replayPart } from './replay-parts.ts'
import { type LogStretch, MissingRecords, walkLog, walkTail } from './walk-log.ts'
import { DamagedPart } from './whole-part.ts'

export interface HistoryQuery {
  readonly workspaceId: string
  readonly sourceId: string
  /** What texts out of parts hold, in this order: all of the source's fields, or those that are needed. */
  readonly fields: readonly AnyField[]
  /** Whether the source keeps parts; without them only the tail is read. */
  readonly logOffline: boolean
  readonly partition: number
  /** Marks: records with offsets in (after, upTo] are read. */
  readonly after: number
  readonly upTo: number
}

export type HistoryStep =
  /** The records above the step before, ascending up to `upTo`; only what expired is left out. */
  | CutPieces
  /** The records right above the step before are gone or damaged for good. Nothing follows. */
  | { readonly missing: true; readonly reason: string }

interface HistoryPorts {
  readonly peers: Peers
  readonly parts: PartStore
}

/** What one step holds at most. */
const stepSizes = { text: limits.maxDeliveryBytes, records: 2_000 }

/**
 * Reads one partition's history as it was pushed, in steps of at most 1 MiB of text and 2,000 records; the
 * last step ends at `upTo` exactly. A reading that broke off goes on after the last step it gave. Throws
 * what may be otherwise in a while: a call that failed, records not given out yet. Cost: a get for each
 * part, its file and a row group of it in memory.
 */
export async function* readHistory(
  ports: HistoryPorts,
  query: HistoryQuery,
): AsyncGenerator<HistoryStep> {
  let { after } = query
  let lostAfter: number | undefined
  while (after < query.upTo) {
    try {
      for await (const step of stepsFrom(ports, query, after)) {
        after = step.upTo
        yield step
      }
      if (after < query.upTo) throw new Error(`A walk of a log ended with offset ${after}.`)
    } catch (cause) {
      if (!(cause instanceof MissingRecords || cause instanceof DamagedPart)) throw cause
      // Whoever reads slowly has an old list, whose objects may be deleted: only a fresh one is believed.
      if (lostAfter === after) return yield { missing: true, reason: cause.message }
      lostAfter = after
    }
  }
}

async function* stepsFrom(
  { peers, parts }: HistoryPorts,
  query: HistoryQuery,
  after: number,
): AsyncGenerator<CutPieces> {
  const stretches = query.logOffline
    ? walkLog(peers, query, after, query.upTo)
    : walkTailAlone(peers, query, after)
  for await (const stretch of stretches) {
    if (stretch.kind === 'expired') yield { pieces: [], upTo: stretch.upTo }
    else if (stretch.kind === 'tail') yield* stepsOf(stretch, [stretch.pieces])
    else {
      const groups = replayPart(parts, stretch.part, query.fields, { after: stretch.after })
      yield* stepsOf(stretch, groups)
    }
  }
}

/** Cuts what was read of a stretch; reads no further than its end, and throws where it does not get there. */
async function* stepsOf(
  { after, upTo }: LogStretch,
  groups: Iterable<readonly LogPiece[]> | AsyncIterable<readonly LogPiece[]>,
): AsyncGenerator<CutPieces> {
  let reached = after
  for await (const pieces of groups) {
    for (const step of cutPieces(pieces, reached, upTo, stepSizes)) {
      reached = step.upTo
      yield step
    }
    if (reached >= upTo) return
  }
  throw new Error(`What was read of a log ends with offset ${reached} and not with ${upTo}.`)
}

/** Walks the tail of a partition that rolls nothing: what it has forgotten is nowhere. */
async function* walkTailAlone(
  peers: Peers,
  query: HistoryQuery,
  after: number,
): AsyncGenerator<LogStretch> {
  const reached = yield* walkTail(peers, query, after, query.upTo)
  if (reached >= query.upTo) return
  throw new MissingRecords(
    `Offsets above ${reached} of partition ${query.partition} left the tail and were kept in no part.`,
  )
}

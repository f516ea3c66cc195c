import type { AnyField } from '../../shared/fields/field.ts'
import type { LogPiece } from '../contracts.ts'
import type { PartStore, Peers } from '../ports.ts'
import { addToRuns, piecesOfRuns, type Run, textOfRow } from './pieces-of-rows.ts'
import type { Row } from './read-part.ts'
import { walkHistory } from './walk-history.ts'
import { readWholePart } from './whole-part.ts'

/** Consecutive records of a partition's past. */
export interface HistorySlice {
  readonly pieces: readonly LogPiece[]
  /** The last offset that this slice reaches; what has expired is simply not there. */
  readonly upTo: number
}

export interface HistorySource {
  readonly workspaceId: string
  readonly sourceId: string
  /** The fields that are wanted: the texts of what comes from parts hold no others. */
  readonly fields: readonly AnyField[]
}

/** Records of a part that come at once: folding them takes some milliseconds. */
const sliceRows = 1_000

/**
 * Reads a partition's records (after, upTo] in the order of their offsets, from parts and then the tail, a
 * slice at a time. Throws a LostHistory or a DamagedPart where they are not to be had. Cost: a get for each
 * part; a part's file, a row group of the wanted columns and at most 1 MiB of tail in memory.
 */
export async function* readHistory(
  { peers, parts }: { readonly peers: Peers; readonly parts: PartStore },
  source: HistorySource,
  partition: number,
  after: number,
  upTo: number,
): AsyncGenerator<HistorySlice> {
  const { fields } = source
  const columns = [...fields.map(({ name }) => name), '_ingest_ts', '_version']
  for await (const step of walkHistory(peers, source, partition, after, upTo)) {
    if (step.kind !== 'part') {
      yield { pieces: step.kind === 'tail' ? step.pieces : [], upTo: step.upTo }
      continue
    }
    for await (const rows of readWholePart(parts, step.part, fields, columns)) {
      const wanted = rows.filter(row => isWithin(row, step.after, step.upTo))
      for (let at = 0; at < wanted.length; at += sliceRows) {
        yield sliceOf(wanted.slice(at, at + sliceRows), fields)
      }
    }
  }
}

function sliceOf(rows: readonly Row[], fields: readonly AnyField[]): HistorySlice {
  const runs: Run[] = []
  let upTo = -1
  for (const row of rows) {
    upTo = Number(row._offset)
    addToRuns(runs, row, upTo, textOfRow(row, fields))
  }
  return { pieces: piecesOfRuns(runs), upTo }
}

/** Whether a row's offset is in (after, upTo]. */
export function isWithin(row: Row, after: number, upTo: number): boolean {
  const offset = Number(row._offset)
  return offset > after && offset <= upTo
}

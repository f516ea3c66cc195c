import type { InputIdentity, JournalLine, PushCounts } from './journal-line.ts'
import { addRows, type RowRange } from './row-ranges.ts'

/** A row that is not stored, and why. */
export interface RefusedRow {
  /** From 0. */
  readonly row: number
  readonly status: 'rejected' | 'dropped'
  readonly field?: string | undefined
  readonly code?: string | undefined
  readonly reason?: string | undefined
}

/** A record that may have left and has no verdict yet: it is only ever sent again under this identity. */
export interface UnsettledRow {
  readonly producer: string
  readonly source: string
  readonly sequence: number
  readonly row: number
  /** When it first left, by this machine's clock. */
  readonly sentAtMs: number
}

/** The fold of a journal's lines. */
export interface JournalState {
  input: InputIdentity | undefined
  /** Rows that were sent or refused: no fresh producer may send them. */
  covered: readonly RowRange[]
  readonly counts: { -readonly [status in keyof PushCounts]: number }
  readonly refused: RefusedRow[]
  /** By `unsettledKey`. */
  readonly unsettled: Map<string, UnsettledRow>
}

/** The state before the first line. */
export function emptyJournalState(): JournalState {
  return {
    input: undefined,
    covered: [],
    counts: { accepted: 0, duplicate: 0, rejected: 0, dropped: 0 },
    refused: [],
    unsettled: new Map(),
  }
}

export function unsettledKey(producer: string, sequence: number): string {
  return `${producer}/${sequence}`
}

/** Folds one line into the state; gives a sentence where the line contradicts those before it. */
export function foldJournalLine(state: JournalState, line: JournalLine): string | undefined {
  switch (line.kind) {
    case 'journal':
      if (state.input !== undefined) return 'it names its input twice'
      state.input = line.input
      return undefined
    case 'sent':
      return foldSent(state, line)
    case 'settled':
      return foldSettled(state, line)
    case 'refused':
      state.counts[line.status] += 1
      state.covered = addRows(state.covered, [line.row, line.row + 1])
      state.refused.push(refusedRow(line.row, line.status, line))
      return undefined
    case 'done':
      for (const range of line.rows) state.covered = addRows(state.covered, range)
      for (const status of statuses) state.counts[status] += line.counts[status]
      return undefined
    case 'kept':
      state.refused.push(refusedRow(line.row, line.status, line))
      return undefined
  }
}

/** The lines to which a journal shrinks once nothing is unsettled. */
export function compactJournalLines(state: JournalState): readonly JournalLine[] {
  const { input } = state
  if (input === undefined || state.unsettled.size > 0) return []
  return [
    { kind: 'journal', format: 1, input },
    { kind: 'done', rows: state.covered.map(([start, end]) => [start, end]), counts: state.counts },
    ...state.refused.map(refused => ({ kind: 'kept' as const, ...refused })),
  ]
}

const statuses = ['accepted', 'duplicate', 'rejected', 'dropped'] as const

function foldSent(state: JournalState, line: JournalLine & { kind: 'sent' }): string | undefined {
  const { producer, source, count } = line
  for (let place = 0; place < count; place += 1) {
    const sequence = line.sequence + place
    const key = unsettledKey(producer, sequence)
    if (state.unsettled.has(key)) return `sequence ${sequence} is sent twice`
    state.unsettled.set(key, {
      producer,
      source,
      sequence,
      row: line.row + place,
      sentAtMs: line.atMs,
    })
  }
  state.covered = addRows(state.covered, [line.row, line.row + count])
  return undefined
}

function foldSettled(
  state: JournalState,
  line: JournalLine & { kind: 'settled' },
): string | undefined {
  for (let place = 0; place < line.count; place += 1) {
    const sequence = line.sequence + place
    const key = unsettledKey(line.producer, sequence)
    const sent = state.unsettled.get(key)
    if (sent === undefined) return `sequence ${sequence} is settled but was not sent`
    state.unsettled.delete(key)
    state.counts[line.status] += 1
    if (line.status !== 'accepted' && line.status !== 'duplicate') {
      state.refused.push(refusedRow(sent.row, line.status, line))
    }
  }
  return undefined
}

function refusedRow(
  row: number,
  status: RefusedRow['status'],
  { field, code, reason }: Pick<RefusedRow, 'field' | 'code' | 'reason'>,
): RefusedRow {
  return { row, status, field, code, reason }
}

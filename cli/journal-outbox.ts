import type { Outbox, OutboxEntry } from '../client/outbox.ts'
import type { Receipt } from '../client/receipt.ts'
import { utf8Length } from '../shared/utf8-length.ts'
import type { Journal } from './journal.ts'
import type { JournalLine } from './journal-line.ts'
import { unsettledKey } from './journal-state.ts'

export interface JournalOutboxOptions {
  readonly journal: Journal
  /** The row whose record is being appended: rows are pushed one after the other. */
  readonly appendedRow: () => number
  /** Gives a row's canonical text again, byte for byte as it was sent. */
  readonly textOf: (row: number) => string
}

/**
 * An outbox over a journal: the input file holds the records, the journal which of them left under which
 * identity. Records that never left are forgotten on a crash; their rows are pushed anew.
 */
export function journalOutbox({ journal, appendedRow, textOf }: JournalOutboxOptions): Outbox {
  /** Rows of entries that have not left yet. */
  const rows = new Map<string, number>()

  return {
    load: () =>
      Array.from(
        journal.state.unsettled.values(),
        ({ producer, source, sequence, row, sentAtMs }) => {
          const text = textOf(row)
          return {
            producer,
            source,
            sequence,
            text,
            bytes: utf8Length(text),
            attemptedAtMs: sentAtMs,
          }
        },
      ),
    append(entry) {
      rows.set(keyOf(entry), appendedRow())
    },
    async attempt(entries) {
      const fresh = entries.filter(entry => rows.has(keyOf(entry)))
      const lines = sentLines(fresh, entry => rows.get(keyOf(entry)) ?? 0)
      await journal.write(lines, { sync: true })
      for (const entry of fresh) rows.delete(keyOf(entry))
    },
    async settle(entries, receipts) {
      const lines: JournalLine[] = []
      for (const [index, entry] of entries.entries()) {
        const receipt = receipts[index]
        if (receipt === undefined || !isFinal(receipt)) continue
        addVerdict(lines, entry, receipt, rows.get(keyOf(entry)))
        rows.delete(keyOf(entry))
      }
      await journal.write(lines)
    },
  }
}

/**
 * Whether a receipt ends its record for good. A record dropped because the client closed or its whole request
 * was refused (a wrong key, an unknown workspace) is wanted all the same: the next run sends it.
 */
export function isFinal(receipt: Receipt): receipt is Final {
  const { status, code } = receipt
  if (status === 'adopted') return false
  return status !== 'dropped' || code === 'expired' || code === 'too_large'
}

type Final = Receipt & { readonly status: Exclude<Receipt['status'], 'adopted'> }

/** Joins neighbours: entries of one producer whose sequences and rows both follow each other. */
function sentLines(
  entries: readonly OutboxEntry[],
  rowOf: (entry: OutboxEntry) => number,
): readonly JournalLine[] {
  const lines: (JournalLine & { kind: 'sent' })[] = []
  for (const entry of entries) {
    const { producer, source, sequence, attemptedAtMs: atMs = Date.now() } = entry
    const row = rowOf(entry)
    const last = lines.at(-1)
    const follows =
      last?.producer === producer &&
      last.source === source &&
      last.sequence + last.count === sequence &&
      last.row + last.count === row &&
      last.atMs === atMs
    if (follows) last.count += 1
    else lines.push({ kind: 'sent', producer, source, sequence, row, count: 1, atMs })
  }
  return lines
}

/** `row` is that of an entry which never left; the journal knows the rows of the others. */
function addVerdict(
  lines: JournalLine[],
  { producer, sequence }: OutboxEntry,
  { status, field, code, reason }: Final,
  row: number | undefined,
): void {
  const refusal = { field, code, reason }
  if (row !== undefined) {
    if (status === 'rejected' || status === 'dropped')
      lines.push({ kind: 'refused', row, status, ...refusal })
    return
  }
  const last = lines.at(-1)
  const follows =
    last?.kind === 'settled' &&
    last.producer === producer &&
    last.sequence + last.count === sequence &&
    last.status === status &&
    last.field === field &&
    last.code === code &&
    last.reason === reason
  if (follows) last.count += 1
  else lines.push({ kind: 'settled', producer, sequence, count: 1, status, ...refusal })
}

function keyOf({ producer, sequence }: OutboxEntry): string {
  return unsettledKey(producer, sequence)
}

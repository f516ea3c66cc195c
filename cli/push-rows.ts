import { checkPushed } from '../client/check-record.ts'
import { type Client, createClient, type Receipt, type Source } from '../client/index.ts'
import { isPlainObject } from '../shared/fields/plain-object.ts'
import { CliError } from './cli-error.ts'
import type { GatewayAddress } from './gateway-api.ts'
import { type Journal, openJournal } from './journal.ts'
import type { PushCounts } from './journal-line.ts'
import { isFinal, journalOutbox } from './journal-outbox.ts'
import type { RefusedRow } from './journal-state.ts'
import type { Input, InputRow } from './read-input.ts'
import { hasRow } from './row-ranges.ts'
import { untilAborted } from './until-aborted.ts'

export interface PushOptions {
  readonly address: GatewayAddress
  readonly source: Source
  readonly input: Input
  readonly journalPath: string
  /** Names the place that the rows go to, for ever: a journal belongs to one. */
  readonly target: string
  /** Pushes rows before this one only; all of them unless given. */
  readonly endRow?: number
  readonly signal?: AbortSignal
  /** Given a function that says how many rows are settled so far, for a progress bar to ask. */
  readonly onStart?: (settledRows: () => number) => void
  /** Told of each try that failed and is going to be repeated. */
  readonly onTrouble?: (sentence: string) => void
}

export interface PushResult {
  /** Over all runs of the journal. */
  readonly counts: PushCounts
  readonly refused: readonly RefusedRow[]
  /** Rows settled by this run, and how long that took. */
  readonly settledNow: number
  readonly elapsedMs: number
  /** Rows that earlier runs had settled, or sent without hearing the verdict. */
  readonly resumedRows: number
  /** Why it ended before the last row; the next run goes on from there. */
  readonly stopped?: string
}

/** Unsettled rows in memory: some batches, so that the next one is ready when a reply comes. */
const maxPending = 2_000
const refillRows = 500

/**
 * Pushes an input's rows in order, each exactly once however often it is interrupted and run again.
 * What an earlier run sent without hearing the verdict is sent again unchanged; other rows get the fresh
 * producer of this run.
 */
export async function pushRows(options: PushOptions): Promise<PushResult> {
  const { name, bytes, sha256 } = options.input
  const identity = { target: options.target, source: options.source.name, name, bytes, sha256 }
  const journal = await openJournal(options.journalPath, identity)
  try {
    return await pushWithJournal(options, journal)
  } finally {
    await journal.close()
  }
}

async function pushWithJournal(options: PushOptions, journal: Journal): Promise<PushResult> {
  const { state } = journal
  const startedMs = performance.now()
  const earlierRows = countSettled(state.counts)
  const resumedRows = earlierRows + state.unsettled.size
  const abort = new AbortController()
  const onInterrupt = (): void => abort.abort('it was interrupted')
  options.signal?.addEventListener('abort', onInterrupt)
  if (options.signal?.aborted) onInterrupt()
  options.onStart?.(() => countSettled(state.counts))
  try {
    await sendRows(options, journal, abort)
  } finally {
    options.signal?.removeEventListener('abort', onInterrupt)
  }
  return {
    counts: { ...state.counts },
    refused: state.refused.toSorted((left, right) => left.row - right.row),
    settledNow: countSettled(state.counts) - earlierRows,
    elapsedMs: performance.now() - startedMs,
    resumedRows,
    ...(abort.signal.aborted ? { stopped: String(abort.signal.reason) } : {}),
  }
}

async function sendRows(
  { address, source, input, endRow = input.rowCount, onTrouble }: PushOptions,
  journal: Journal,
  abort: AbortController,
): Promise<void> {
  const texts = await unsettledTexts(journal, source, input)
  let row = 0
  const client = createClient({
    ...address,
    limits: { closeTimeoutMs: 2_000, maxLingerMs: 100 },
    outbox: journalOutbox({
      journal,
      appendedRow: () => row,
      textOf: unsettled => texts.get(unsettled) ?? '',
    }),
    onError: ({ reason, code, receipts }) => {
      // The client would try for ever, but only the person who reads this can repair a key.
      const isHopeless = code === 'unauthenticated' || code === 'forbidden'
      if (isHopeless || !receipts.every(isFinal)) abort.abort(reason)
      else if (receipts.length === 0) onTrouble?.(reason)
    },
  })
  const aborted = untilAborted(abort.signal)
  const window: Promise<void>[] = []
  try {
    for await (const next of input.rows()) {
      if (next.row >= endRow || abort.signal.aborted) break
      if (hasRow(journal.state.covered, next.row)) continue
      row = next.row
      window.push(noteVerdict(journal, next.row, pushRow(client, source, next)))
      if (window.length < maxPending) continue
      await Promise.race([Promise.all(window.splice(0, refillRows)), aborted])
    }
    await Promise.race([Promise.all([client.flush(), ...window]), aborted])
  } finally {
    await client.close()
  }
  await Promise.all(window)
  await journal.write([])
}

function pushRow(client: Client, source: Source, { value, fault }: InputRow): Promise<Receipt> {
  if (fault === undefined && isPlainObject(value)) return client.push(source, value).accepted
  const reason = fault ?? 'A record is an object.'
  return Promise.resolve({ source: source.name, status: 'rejected', code: 'not_an_object', reason })
}

/** A record refused on this side never reaches the outbox: the journal hears of it here. */
async function noteVerdict(
  journal: Journal,
  row: number,
  verdict: Promise<Receipt>,
): Promise<void> {
  const { sequence, status, field, code, reason } = await verdict
  if (sequence !== undefined || status !== 'rejected') return
  await journal.write([{ kind: 'refused', row, status, field, code, reason }])
}

/** Gives the canonical texts of rows that were sent without a verdict, as the client made them. */
async function unsettledTexts(
  journal: Journal,
  source: Source,
  input: Input,
): Promise<ReadonlyMap<number, string>> {
  const texts = new Map<number, string>()
  const wanted = new Set(Array.from(journal.state.unsettled.values(), ({ row }) => row))
  if (wanted.size === 0) return texts

  for await (const { row, value } of input.rows()) {
    if (!wanted.has(row)) continue
    const checked = checkPushed(source, value)
    if ('code' in checked) throw schemaChanged(journal, row, checked.reason)
    texts.set(row, checked.text)
  }
  return texts
}

function schemaChanged(journal: Journal, row: number, reason: string): CliError {
  return new CliError(
    `Row ${row + 1} was sent earlier and must be sent again unchanged, but the source now refuses it: ${reason} ` +
      `Apply the definitions it was sent under, or remove ${journal.path} to give it up.`,
  )
}

function countSettled({ accepted, duplicate, rejected, dropped }: PushCounts): number {
  return accepted + duplicate + rejected + dropped
}

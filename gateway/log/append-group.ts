import { limits } from '../../shared/limits.ts'
import { utf8Length } from '../../shared/utf8-length.ts'
import type { AppendMessage, AppendReply } from '../contracts/append.ts'
import { messageFormat } from '../contracts/message.ts'
import { widen } from '../event-times.ts'
import { admittedRecords, keepRecords, type RecordGroup } from './admitted-records.ts'
import { judgeRequest } from './judge-request.ts'
import { closeSegment, foldRow, isRollDue, type LogState, producerState } from './log-state.ts'
import { type LogStatements, maxClosedSegments } from './log-statements.ts'
import { newProducerState } from './producer-state.ts'
import type { RecentPiece } from './recent-pieces.ts'
import { partitionOf } from './routing.ts'
import { acceptedCount, type RowHeader, type RowRequest, rowFormat } from './row-header.ts'

/** What a group did for one of its requests. */
export interface Appended {
  readonly reply: AppendReply
  /** The offset that shards must have folded before the reply is true, -1 for none. */
  readonly readableAt: number
}

export interface GroupResult {
  /** In the order of the messages. */
  readonly appended: readonly Appended[]
  readonly pieces: readonly RecentPiece[]
}

/**
 * Judges the requests of a group and stores what they bring as few rows of at most 1.5 MB: the one
 * durable write of an append. Must run inside a transaction; when that fails, the state must be loaded
 * again. Cost: one row for a group that fits, none for a group of duplicates.
 */
export function appendGroup(
  state: LogState,
  log: LogStatements,
  messages: readonly AppendMessage[],
  nowMs: number,
): GroupResult {
  // Closed before anything is judged: what a closed segment keeps of producers is what its rows did.
  if (isRollDue(state, nowMs) && state.closed.length < maxClosedSegments) {
    closeSegment(state, log, nowMs)
  }
  const ingestUs = Math.max(nowMs * 1_000, state.lastIngestUs)
  const pieces: RecentPiece[] = []
  const appended: Appended[] = []
  let row = emptyRow()

  const flush = () => {
    if (row.requests.length === 0) return
    const { requests, texts, records, bodyBytes, eventTimes } = row
    const header: RowHeader = {
      format: rowFormat,
      ingestUs,
      requests,
      slots: sortedSlots(row.slots),
      ...(eventTimes === undefined ? {} : { eventTimes }),
    }
    const { segment } = state.open
    const body = { text: texts.join('\n'), bytes: bodyBytes }
    const bytes = log.insertRow(segment, state.next, records, header, body)
    foldRow(state, { records, bytes, header })
    row = emptyRow()
  }
  const add = (request: RowRequest, kept: RecordGroup | undefined) => {
    const bytes = utf8Length(JSON.stringify(request)) + (kept?.bytes ?? 0)
    if (row.bytes + bytes > limits.maxRowBytes) flush()
    row.requests.push(request)
    row.bytes += bytes
    if (kept !== undefined) addRecords(row, kept)
  }

  for (const message of messages) {
    const refusal = refusalOf(state, message)
    if (refusal !== undefined) {
      appended.push({ reply: refusal, readableAt: -1 })
      continue
    }
    const producer = producerState(state, log, message.producer, () =>
      newProducerState(message.kind, message.bodyDigest),
    )
    if (producer.bodyDigest !== message.bodyDigest) {
      appended.push({ reply: { format: messageFormat, outcome: 'reused_key' }, readableAt: -1 })
      continue
    }
    const all = admittedRecords(message)
    const start = state.next + row.records
    const { verdicts, accepted, request } = judgeRequest(producer.received, message, start)
    const settles = verdicts.some(({ status }) => status === 'accepted' || status === 'duplicate')
    appended.push({
      reply: { format: messageFormat, outcome: 'judged', verdicts },
      readableAt: settles ? start + acceptedCount(request) - 1 : -1,
    })
    if (accepted.length === 0 && request.rejected.length === 0) continue
    state.open.producers.set(message.producer, producer)
    if (accepted.length === 0) {
      add(request, undefined)
      continue
    }
    const kept = keepRecords(state.definition, all, accepted)
    if (request.rejected.length > 0 && kept.bytes > limits.maxRowBytes / 3) {
      // A request's canonical texts and its rejections may outgrow one row together: they take one each.
      add({ ...request, accepted: [] }, undefined)
      add({ ...request, rejected: [] }, kept)
    } else {
      add(request, kept)
    }
    const piece = { ingestUs, version: message.version, start, text: kept.text }
    pieces.push({ piece, slots: kept.slots })
  }
  flush()
  return { appended, pieces }
}

function refusalOf(state: LogState, message: AppendMessage): AppendReply | undefined {
  const known = state.definition?.version ?? -1
  if (message.version < known) return { format: messageFormat, outcome: 'stale', version: known }
  const { partition, partitions } = state.routing
  if (partitionOf(message.producer, partitions) !== partition) {
    return { format: messageFormat, outcome: 'moved', partitions }
  }
  if (message.version === known) return undefined
  return {
    format: messageFormat,
    outcome: 'unavailable',
    reason: 'the definitions have not reached this partition yet',
    retryMs: 1_000,
  }
}

interface Row {
  readonly requests: RowRequest[]
  readonly texts: string[]
  readonly slots: Map<string, Set<number>>
  records: number
  bytes: number
  /** Bytes of the texts as they are joined. */
  bodyBytes: number
  eventTimes: RowHeader['eventTimes']
}

function emptyRow(): Row {
  return {
    requests: [],
    texts: [],
    slots: new Map(),
    records: 0,
    bytes: 0,
    bodyBytes: 0,
    eventTimes: undefined,
  }
}

function addRecords(row: Row, group: RecordGroup): void {
  row.bodyBytes += group.bytes + (row.texts.length > 0 ? 1 : 0)
  row.texts.push(group.text)
  row.records += group.records
  row.eventTimes = widen(row.eventTimes, group.eventTimes)
  for (const [entitySetId, slots] of Object.entries(group.slots)) {
    const touched = row.slots.get(entitySetId) ?? new Set<number>()
    for (const slot of slots) touched.add(slot)
    row.slots.set(entitySetId, touched)
  }
}

function sortedSlots(slots: Row['slots']): RowHeader['slots'] {
  return Object.fromEntries(
    [...slots].map(([entitySetId, touched]) => [entitySetId, [...touched].sort((a, b) => a - b)]),
  )
}

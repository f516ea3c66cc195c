import { protocolVersion, type ReceiptStatus } from '../shared/ingest-protocol.ts'
import type { OutboxEntry } from './outbox.ts'

/** The gateway's word on one record. A newer gateway may know codes that this client does not. */
export interface Verdict {
  readonly status: ReceiptStatus
  readonly field?: string
  readonly code?: string
  readonly reason?: string
}

/** A gateway's longest reply: a thousand rejections with their sentences stay far below it. */
const maxReplyCharacters = 2_097_152

/**
 * Reads a delivered batch's verdicts, one for each entry in request order, or gives a sentence on why the reply
 * cannot be trusted. All or nothing: a reply that speaks of other records is nobody's acknowledgement.
 */
export function decodeReply(text: string, order: readonly OutboxEntry[]): Verdict[] | string {
  if (text.length > maxReplyCharacters) return 'The reply is too large.'
  const { protocol, receipts } = parseObject(text)
  if (typeof protocol !== 'number') return 'The reply is no reply of a Tidegate gateway.'
  if (protocol > protocolVersion) return `The reply speaks protocol ${protocol}: update the client.`
  if (!Array.isArray(receipts) || receipts.length !== order.length)
    return `The reply lacks receipts for ${order.length} records.`
  const verdicts: Verdict[] = []
  let index = 0
  for (const [place, { source }] of order.entries()) {
    index = order[place - 1]?.source === source ? index + 1 : 0
    const receipt = asObject(receipts[place])
    const { status } = receipt
    if (receipt.source !== source || receipt.index !== index || !isStatus(status))
      return `Receipt ${place} of the reply does not fit record ${index} of source "${source}".`
    verdicts.push({ status, ...textsOf(receipt) })
  }
  return verdicts
}

/** Reads what a refusal says of the whole request; a stranger's error page says nothing. */
export function decodeRefusal(text: string): { code?: string; reason?: string } {
  const { errorMessage, code } = asObject(parseObject(text).requestError)
  return textsOf({ code, reason: errorMessage })
}

type Unread = { readonly [key: string]: unknown }

function parseObject(text: string): Unread {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return {}
  }
}

function asObject(value: unknown): Unread {
  return typeof value === 'object' && value ? { ...value } : {}
}

function isStatus(value: unknown): value is ReceiptStatus {
  return value === 'accepted' || value === 'duplicate' || value === 'rejected' || value === 'retry'
}

/** The texts among the three keys; whatever else is there is left unread. */
function textsOf(unread: Unread): { field?: string; code?: string; reason?: string } {
  const texts: { field?: string; code?: string; reason?: string } = {}
  for (const key of ['field', 'code', 'reason'] as const) {
    const value = unread[key]
    if (typeof value === 'string') texts[key] = value
  }
  return texts
}

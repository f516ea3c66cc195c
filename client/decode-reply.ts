import { protocolVersion, type ReceiptStatus } from '../shared/ingest-protocol.ts'
import type { OutboxEntry } from './outbox.ts'
import type { Ending } from './pending.ts'

/**
 * What became of one try to deliver a batch: `delivered` with an ending for each record, or nothing
 * for one that must be sent again; `retry`; `key`, after
 * which another key is needed; `split`, too large; or `refused`. No other try may come before `floorMs`.
 */
export type Outcome = { readonly floorMs: number } & (
  | { readonly kind: 'delivered'; readonly verdicts: readonly (Ending | undefined)[] }
  | {
      readonly kind: 'retry' | 'split' | 'refused' | 'key'
      readonly reason: string
      readonly code?: string | undefined
    }
)

/** The gateway's side of a key is repaired by a person, so there is no point in asking more often. */
const keyFloorMs = 300_000

/**
 * Gives the outcome that a status and body mean for the entries of a request: any 2xx with fitting receipts is
 * `delivered`; 413 is `split`; statuses that a later try can change, and replies that no gateway wrote, are
 * `retry`; 401 and 403 are `key`, since a key can be repaired; every other status is `refused`. All or nothing:
 * a reply that speaks of other records is nobody's acknowledgement.
 */
export function decodeReply(
  { status, text, floorMs }: { status: number; text: string; floorMs: number },
  order: readonly OutboxEntry[],
): Outcome {
  const { protocol, receipts, requestError } = parse(text)
  if (status >= 200 && status < 300) {
    const verdicts =
      Array.isArray(receipts) && protocol === protocolVersion && verdictsOf(receipts, order)
    if (verdicts) return { kind: 'delivered', verdicts, floorMs }
    const reason =
      typeof protocol === 'number' && protocol > protocolVersion
        ? `The gateway speaks protocol ${protocol}: update the client.`
        : `The reply is no receipt of these ${order.length} records: ${text.slice(0, 80)}`
    return { kind: 'retry', reason, floorMs }
  }
  const { errorMessage, code } = asObject(requestError)
  const kind = kindOf(status)
  return {
    kind,
    reason: textOf(errorMessage) ?? `The gateway answered ${status}.`,
    code: textOf(code),
    floorMs: kind === 'key' ? keyFloorMs : floorMs,
  }
}

/** Gives a verdict for each entry in request order, or nothing where they do not fit; receipts may be runs. */
function verdictsOf(receipts: readonly unknown[], order: readonly OutboxEntry[]) {
  const verdicts: (Ending | undefined)[] = []
  let index = 0
  for (const receipt of receipts.map(asObject)) {
    const { source, status, count = 1 } = receipt
    if (!isStatus(status) || !Number.isInteger(count)) return
    const [field, code, reason] = [receipt.field, receipt.code, receipt.reason].map(textOf)
    const verdict = status === 'retry' ? undefined : { status, field, code, reason }
    for (let nth = 0; nth < Number(count); nth += 1) {
      const place = verdicts.push(verdict) - 1
      index = order[place - 1]?.source === source ? index + 1 : 0
      if (order[place]?.source !== source || receipt.index !== index - nth) return
    }
  }
  return verdicts.length === order.length && verdicts
}

function kindOf(status: number): 'retry' | 'split' | 'refused' | 'key' {
  if (status === 413) return 'split'
  if (status === 401 || status === 403) return 'key'
  // A redirect is no verdict: the client does not follow one, which would turn the POST into a GET.
  return status < 400 ||
    [408, 425, 429].includes(status) ||
    (status > 499 && ![501, 505].includes(status))
    ? 'retry'
    : 'refused'
}

function parse(text: string) {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return {}
  }
}

function asObject(value: unknown): { readonly [key: string]: unknown } {
  return Object(value)
}

function isStatus(value: unknown): value is ReceiptStatus {
  return value === 'accepted' || value === 'duplicate' || value === 'rejected' || value === 'retry'
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

import { decodeRefusal, decodeReply, type Verdict } from './decode-reply.ts'
import type { OutboxEntry } from './outbox.ts'

/**
 * What became of one try to deliver a batch; another try must not come before `floorMs`, or after `key` before
 * there is another key.
 */
export type Outcome = { readonly floorMs: number } & (
  | { readonly kind: 'delivered'; readonly verdicts: readonly Verdict[] }
  | {
      readonly kind: 'retry' | 'split' | 'refused' | 'key'
      readonly reason: string
      readonly code?: string
    }
)

/** The gateway's side of a key is repaired by a person, so there is no point in asking more often. */
const keyFloorMs = 300_000

/**
 * Gives the outcome that a status and body mean for the entries of a request: any 2xx with fitting receipts is
 * `delivered`; 413 is `split`; statuses that a later try can change, and replies that no gateway wrote, are
 * `retry`; 401 and 403 are `key`, since a key can be repaired; every other status is `refused`.
 */
export function classifyReply(
  { status, text, floorMs }: { status: number; text: string; floorMs: number },
  order: readonly OutboxEntry[],
): Outcome {
  if (status >= 200 && status < 300) {
    const verdicts = decodeReply(text, order)
    return typeof verdicts === 'string'
      ? { kind: 'retry', reason: verdicts, floorMs }
      : { kind: 'delivered', verdicts, floorMs }
  }
  const kind = kindOf(status)
  return {
    kind,
    reason: `The gateway answered ${status}.`,
    ...decodeRefusal(text),
    floorMs: kind === 'key' ? keyFloorMs : floorMs,
  }
}

function kindOf(status: number): 'retry' | 'split' | 'refused' | 'key' {
  if (status === 413) return 'split'
  if (status === 401 || status === 403) return 'key'
  // A redirect is no verdict: the client does not follow one, which would turn the POST into a GET.
  if (status < 400 || [408, 425, 429].includes(status)) return 'retry'
  return status < 500 || status === 501 || status === 505 ? 'refused' : 'retry'
}

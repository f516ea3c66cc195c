import type { WireReply } from './sim-worker.ts'

export interface WireReceipt {
  readonly status: 'accepted' | 'duplicate' | 'rejected' | 'retry'
  readonly code?: string
}

/** The receipts of a reply in order; none where there is no reply, or one that is no success. */
export function readReceipts(reply: WireReply | undefined): readonly WireReceipt[] {
  if (reply === undefined || reply.status >= 300) return []
  const body: { readonly receipts?: readonly WireReceipt[] } = JSON.parse(reply.text)
  return body.receipts ?? []
}

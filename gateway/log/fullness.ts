import { tailOf } from './held-records.ts'
import type { LogState } from './log-state.ts'
import { segmentRing } from './log-statements.ts'

const maxWaitingRequests = 256
/** Characters of text that may wait for one write: an object has 128 MB for everything. */
const maxWaitingText = 33_554_432

/** Why a partition takes nothing more for now; nothing while it has room. */
export function fullness(
  state: LogState,
  waiting: { readonly requests: number; readonly text: number },
): string | undefined {
  if (tailOf(state).bytes >= state.sizes.maxTailBytes) return 'the tail has reached its bound'
  if (state.closed.length >= segmentRing - 2) return 'too many segments wait to be rolled'
  if (waiting.requests >= maxWaitingRequests || waiting.text >= maxWaitingText) {
    return 'too many requests wait for this partition'
  }
  return undefined
}

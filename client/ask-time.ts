import { encodeBatch } from './encode-batch.ts'
import { type Gateway, type Post, postBatch } from './post-batch.ts'

/**
 * Asks the gateway for the time, by a request without records, and gives why no gateway told it. The age of what
 * left in an earlier life is no matter for a device's clock, which may be years off. Whoever leaves has no time to ask.
 */
export async function askTime(
  gateway: Gateway,
  workspace: string,
  producer: string | undefined,
  post: Post,
) {
  const { body } = encodeBatch(workspace, producer, [], [])
  const outcome = !post.isLeaving && (await postBatch(gateway, body, [], post))
  return outcome && !post.time.isTold() && 'reason' in outcome && outcome
}

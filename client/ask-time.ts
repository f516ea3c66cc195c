import { encodeBatch } from './encode-batch.ts'
import { type Gateway, type Post, postBatch } from './post-batch.ts'

/**
 * Asks the gateway for the time, by a request without records, and gives why no gateway told it, if none did. The
 * age of what left in an earlier life is no matter for a device's clock, which may be years off.
 */
export async function askTime(
  gateway: Gateway,
  workspace: string,
  producer: string | undefined,
  post: Post,
) {
  const { body } = encodeBatch(workspace, producer, [], [])
  const outcome = await postBatch(gateway, body, [], post)
  return outcome.kind === 'delivered' || outcome.code ? undefined : outcome
}

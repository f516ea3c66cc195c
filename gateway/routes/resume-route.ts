import { messageFormat } from '../contracts/message.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import type { Peers } from '../ports.ts'

/**
 * Answers `POST …/resume`: lets the rolls and compactions of a source go on that stopped, once an operator
 * has mended what they met, and says why each had stopped. What is still wrong stops them again.
 */
export async function answerResume(peers: Peers, { source }: CompiledSource): Promise<Response> {
  const { workspaceId, id, partitions } = source
  const catalogue = await peers.catalogue(workspaceId, id).resume({ format: messageFormat })
  const resumed = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const reply = await peers
        .partition(workspaceId, id, partition)
        .resume({ format: messageFormat })
      return { partition, stopped: reply.stopped }
    }),
  )
  return Response.json({
    rolls: resumed.filter(({ stopped }) => stopped !== undefined),
    ...(catalogue.stopped === undefined ? {} : { compactions: catalogue.stopped }),
  })
}

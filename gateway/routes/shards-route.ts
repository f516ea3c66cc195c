import * as v from 'valibot'
import { limits } from '../../shared/limits.ts'
import { messageFormat } from '../contracts/message.ts'
import type { CompiledDefinitions } from '../ingest/compiled-source.ts'
import type { Clock, Peers } from '../ports.ts'
import { joinKeysOf } from '../registry/scale-entity-set.ts'
import type { Holder } from './authenticate.ts'
import { bodyOf } from './json-body.ts'
import { Problem } from './problem.ts'
import { readBody } from './read-body.ts'

const scaleSchema = v.object({
  protocol: v.literal(1),
  join_keys: v.array(v.string()),
  shards: v.number(),
})

/** Answers `GET …/shards`: for each entity set its join keys, its number of shards and its views. */
export function answerShards({ definitions }: CompiledDefinitions): Response {
  const views = definitions.sources.flatMap(source => source.views)
  return Response.json({
    entity_sets: definitions.entitySets.map(set => ({
      join_keys: joinKeysOf(set),
      shards: set.shards,
      views: views.filter(({ entitySetId }) => entitySetId === set.id).map(({ name }) => name),
    })),
  })
}

/**
 * Answers `POST …/shards`: gives the entities of some join keys more shards. The new ones take their slots
 * over when they are first reached, while records and reads go on.
 */
export async function answerScale(
  ports: { readonly clock: Clock; readonly peers: Peers },
  request: Request,
  { definitions }: CompiledDefinitions,
  { workspaceId, keyId }: Holder,
): Promise<Response> {
  const form = `{"protocol": 1, "join_keys": [NAME, …], "shards": N}, N a power of two up to ${limits.maxShards}`
  const text = await readBody(request, ports.clock)
  const { join_keys: joinKeys, shards } = bodyOf(scaleSchema, text, 'A wish for more shards', form)
  const reply = await ports.peers
    .registry(workspaceId)
    .scale({ format: messageFormat, joinKeys, shards, keyId })
  if (reply.outcome === 'refused') throw new Problem('conflict', reply.reason)
  const { workspace } = definitions
  return Response.json({ workspace, version: reply.version, join_keys: joinKeys, shards })
}

import * as v from 'valibot'
import { protocolVersion } from '../../shared/ingest-protocol.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import { messageFormat } from '../contracts/message.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import type { Peers } from '../ports.ts'

const appliedSchema = v.object({ sources: v.array(v.looseObject({ name: v.string() })) })

/** Answers `GET {source}`: what it was declared as, and what the gateway made of it. Cost: one call. */
export async function answerSource(peers: Peers, { source }: CompiledSource): Promise<Response> {
  const { workspaceId, id, name, version, createdUs, modifiedUs } = source
  const applied = await peers.registry(workspaceId).applied({ format: messageFormat })
  const { sources } = v.parse(appliedSchema, JSON.parse(applied?.canonical ?? 'null'))
  return Response.json({
    protocol: protocolVersion,
    id,
    version,
    createdAt: timestampOfMicros(BigInt(createdUs)),
    lastModifiedAt: timestampOfMicros(BigInt(modifiedUs)),
    definition: sources.find(source => source.name === name),
  })
}

/** Answers `GET …/columns`: the schema's field names in order. */
export function answerColumns({ fields }: CompiledSource): Response {
  return Response.json({ columns: fields.map(({ name }) => name) })
}

import { protocolVersion } from '../../shared/ingest-protocol.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import type { Peers } from '../ports.ts'
import { appliedDefinition } from './applied-definition.ts'

/** Answers `GET {source}`: what it was declared as, and what the gateway made of it. Cost: one call. */
export async function answerSource(peers: Peers, { source }: CompiledSource): Promise<Response> {
  const { id, version, createdUs, modifiedUs } = source
  return Response.json({
    protocol: protocolVersion,
    id,
    version,
    createdAt: timestampOfMicros(BigInt(createdUs)),
    lastModifiedAt: timestampOfMicros(BigInt(modifiedUs)),
    definition: await appliedDefinition(peers, source),
  })
}

/** Answers `GET …/columns`: the schema's field names in order. */
export function answerColumns({ fields }: CompiledSource): Response {
  return Response.json({ columns: fields.map(({ name }) => name) })
}

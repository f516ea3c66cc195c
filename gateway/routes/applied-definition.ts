import * as v from 'valibot'
import { messageFormat } from '../contracts/message.ts'
import type { Peers } from '../ports.ts'
import type { ResolvedSource } from '../registry/resolved-definitions.ts'

const sourceSchema = v.looseObject({
  name: v.string(),
  options: v.exactOptional(v.record(v.string(), v.string())),
})
const appliedSchema = v.object({ sources: v.array(sourceSchema) })

/** Gives a source as it was applied, canonical JSON parsed; nothing where it is no longer. Cost: one call. */
export async function appliedDefinition(
  peers: Peers,
  { workspaceId, name }: Pick<ResolvedSource, 'workspaceId' | 'name'>,
): Promise<v.InferOutput<typeof sourceSchema> | undefined> {
  const applied = await peers.registry(workspaceId).applied({ format: messageFormat })
  const { sources } = v.parse(appliedSchema, JSON.parse(applied?.canonical ?? 'null'))
  return sources.find(source => source.name === name)
}

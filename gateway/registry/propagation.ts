import { messageFormat } from '../contracts/message.ts'
import type { Ports } from '../ports.ts'
import type { RegistryStatements } from './registry-statements.ts'
import type { ResolvedDefinitions, ResolvedSource } from './resolved-definitions.ts'

/** KV takes one write a second for a key. */
const minPutGapMs = 1_000
/** Sources that are told at once: each is a call to its catalogue and to every partition. */
const lanes = 16

/**
 * The duty to tell partitions, catalogues and the edge copy of what was applied; safe to repeat, and goes on where
 * it was cut short. Partitions first: from then on none takes a record by an older definition.
 */
export function createPropagation(
  { clock, peers, definitions: edge }: Pick<Ports, 'clock' | 'peers' | 'definitions'>,
  statements: RegistryStatements,
  workspaceId: string,
  resolved: () => ResolvedDefinitions | undefined,
): () => Promise<number | undefined> {
  let lastPutMs = 0
  let propagating: Promise<unknown> = Promise.resolve()

  const tell = async (source: ResolvedSource) => {
    const { id, partitions } = source
    await peers.catalogue(workspaceId, id).declare({ format: messageFormat, partitions })
    await Promise.all(
      partitionsOf(source).map(partition =>
        peers.partition(workspaceId, id, partition).subscribe({ format: messageFormat, source }),
      ),
    )
  }

  const tellAll = async () => {
    const waiting = statements.untold()
    const lane = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        const source =
          resolved()?.sources.find(source => source.id === id) ?? statements.retired(id)
        if (source === undefined) throw new Error('A source is to be told that nobody declares.')
        await tell(source)
        const now = resolved()?.sources.find(source => source.id === id) ?? statements.retired(id)
        // Another version that came meanwhile has yet to be told.
        if (now?.version === source.version) statements.setTold(id)
      }
    }
    const ended = await Promise.allSettled(Array.from({ length: lanes }, lane))
    for (const end of ended) if (end.status === 'rejected') throw end.reason
  }

  const propagate = async (): Promise<number | undefined> => {
    const definitions = resolved()
    if (definitions === undefined || statements.propagated() >= definitions.version)
      return undefined
    await tellAll()
    if (clock.now() - lastPutMs < minPutGapMs) return lastPutMs + minPutGapMs
    lastPutMs = clock.now()
    await edge.put(workspaceId, JSON.stringify(definitions))
    statements.setPropagated(definitions.version)
    return definitions === resolved() ? undefined : clock.now()
  }

  return () => {
    const done = propagating.then(propagate, propagate)
    propagating = done.catch(() => undefined)
    return done
  }
}

export function partitionsOf({ partitions }: ResolvedSource): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition)
}

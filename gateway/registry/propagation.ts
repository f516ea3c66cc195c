import { messageFormat } from '../contracts/message.ts'
import type { Ports } from '../ports.ts'
import type { RegistryStatements } from './registry-statements.ts'
import type { ResolvedDefinitions, ResolvedSource } from './resolved-definitions.ts'

/** KV takes one write a second for a key. */
const minPutGapMs = 1_000
/** Sources that are told at once: each is a call to its catalogue and to every partition. */
const lanes = 16

/**
 * The duty to tell partitions, catalogues, shards and the edge copy of what was applied; safe to repeat, and goes on where
 * it was cut short. Partitions first: from then on none takes a record by an older definition.
 */
export function createPropagation(
  { clock, peers, definitions: edge }: Pick<Ports, 'clock' | 'peers' | 'definitions'>,
  statements: RegistryStatements,
  workspaceId: string,
  resolved: () => ResolvedDefinitions | undefined,
): () => Promise<number | undefined> {
  let lastPutMs = 0
  /** The version that was put last in this life. */
  let edgeVersion = 0
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

  /** A shard that has lost a view is delivered nothing that tells it so, and would serve the view as it was. */
  const tellShard = async (shard: string) => {
    const [entitySetId = '', number] = shard.split('/')
    await peers.shard(workspaceId, entitySetId, Number(number)).refresh({ format: messageFormat })
    statements.setTold(shard)
  }

  const tellOne = async (id: string) => {
    if (id.includes('/')) return tellShard(id)
    const find = () =>
      resolved()?.sources.find(source => source.id === id) ?? statements.retired(id)
    const source = find()
    if (source === undefined) throw new Error('A source is to be told that nobody declares.')
    await tell(source)
    // Another version that came meanwhile has yet to be told.
    if (find()?.version === source.version) statements.setTold(id)
  }

  /** Tells whoever can be told; gives why others could not. */
  const tellAll = async (): Promise<readonly unknown[]> => {
    const waiting = statements.untold()
    const failures: unknown[] = []
    const lane = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        await tellOne(id).catch(cause => failures.push(cause))
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    return failures
  }

  const propagate = async (): Promise<number | undefined> => {
    const definitions = resolved()
    if (definitions === undefined || statements.propagated() >= definitions.version)
      return undefined
    const [failure] = await tellAll()
    if (edgeVersion < definitions.version) {
      if (clock.now() - lastPutMs < minPutGapMs) return lastPutMs + minPutGapMs
      lastPutMs = clock.now()
      await edge.put(workspaceId, JSON.stringify(definitions))
      edgeVersion = definitions.version
    }
    // Whoever could not be told asks for itself when a record by newer definitions comes; the edge waits for nobody.
    if (failure !== undefined) throw failure
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

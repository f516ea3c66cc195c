import { messageFormat } from '../contracts/message.ts'
import type { Peers } from '../ports.ts'
import type { ResolvedSource, ResolvedView } from '../registry/resolved-definitions.ts'

/** What a shard knows of the sources and views that it folds; nothing before it was read. */
export interface ShardDefinitions {
  /** Asks the registry. */
  read(): Promise<void>
  /** Whether all these views are known. */
  knows(viewIds: readonly string[]): boolean
  sources(): readonly ResolvedSource[]
  source(sourceId: string): ResolvedSource | undefined
  /** A source's views of this entity set. */
  viewsOf(source: ResolvedSource): readonly ResolvedView[]
}

/** The definitions of one entity set as its shard knows them. */
export function createShardDefinitions(
  peers: Pick<Peers, 'registry'>,
  workspaceId: string,
  entitySetId: string,
): ShardDefinitions {
  let sources: readonly ResolvedSource[] | undefined
  const viewsOf = (source: ResolvedSource) =>
    source.views.filter(view => view.entitySetId === entitySetId)
  return {
    viewsOf,
    async read() {
      const definitions = await peers.registry(workspaceId).definitions({ format: messageFormat })
      sources = (definitions?.sources ?? []).filter(source => viewsOf(source).length > 0)
    },
    knows(viewIds) {
      if (sources === undefined) return false
      const known = new Set(sources.flatMap(viewsOf).map(({ id }) => id))
      return viewIds.every(id => known.has(id))
    },
    sources: () => sources ?? [],
    source: sourceId => sources?.find(({ id }) => id === sourceId),
  }
}

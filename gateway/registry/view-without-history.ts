import { messageFormat } from '../contracts/message.ts'
import type { Peers } from '../ports.ts'
import { partitionsOf } from './propagation.ts'
import type { ResolvedDefinitions } from './resolved-definitions.ts'

/**
 * A view is folded from its source's history: gives a sentence for each source that keeps no offline log, has
 * forgotten records and would get a new view. Cost: a call to each partition of such a source.
 */
export async function viewWithoutHistory(
  peers: Pick<Peers, 'partition'>,
  before: ResolvedDefinitions | undefined,
  { sources, workspaceId }: ResolvedDefinitions,
): Promise<readonly string[]> {
  const refusals: string[] = []
  for (const source of sources) {
    const known = before?.sources.find(({ id }) => id === source.id)
    const old = new Set(known?.views.map(({ id }) => id))
    if (known === undefined || source.logOffline || source.views.every(({ id }) => old.has(id)))
      continue
    for (const partition of partitionsOf(source)) {
      const state = await peers
        .partition(workspaceId, source.id, partition)
        .snapshot({ format: messageFormat })
      if (state.first === 0) continue
      refusals.push(
        `Source "${source.name}" keeps no offline log and has forgotten records: a new feature view cannot be folded from its history. Declare a view together with such a source.`,
      )
      break
    }
  }
  return refusals
}

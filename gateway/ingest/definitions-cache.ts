import { causeOf } from '../cause-of.ts'
import { messageFormat } from '../contracts/message.ts'
import type { Clock, EdgeCopy, Peers, Report } from '../ports.ts'
import { decodeResolvedDefinitions } from '../registry/resolved-definitions.ts'
import { type CompiledDefinitions, compileDefinitions } from './compiled-source.ts'

export interface DefinitionsCache {
  /** A copy that may be some seconds old: good enough to admit, never to refuse. */
  recent(workspaceId: string): Promise<CompiledDefinitions | undefined>
  /**
   * The registry's word: what a refusal has to rest on. `known` is a version that somebody has seen: a registry
   * that was restored to an older one learns of it and issues its definitions above.
   */
  newest(workspaceId: string, known?: number): Promise<CompiledDefinitions | undefined>
}

/** How long a copy is used before the edge copy is read again. */
const freshMs = 5_000
/** Workspaces kept; the one unused for longest goes first. */
const maxWorkspaces = 100

/**
 * The definitions of workspaces in a Worker's memory, from the edge copy, else from the registry; an older
 * version never replaces a newer one. Cost: at most one KV read in five seconds, none in between.
 */
export function createDefinitionsCache(ports: {
  readonly clock: Clock
  readonly edge: EdgeCopy
  readonly peers: Peers
  readonly report: Report
}): DefinitionsCache {
  const { clock, edge, peers, report } = ports
  const held = new Map<string, { compiled: CompiledDefinitions; readMs: number }>()

  const keep = (workspaceId: string, compiled: CompiledDefinitions): CompiledDefinitions => {
    const known = held.get(workspaceId)?.compiled
    const isOlder = known !== undefined && known.definitions.version >= compiled.definitions.version
    const newest = isOlder ? known : compiled
    held.delete(workspaceId)
    held.set(workspaceId, { compiled: newest, readMs: clock.now() })
    const [oldest] = held.keys()
    if (held.size > maxWorkspaces && oldest !== undefined) held.delete(oldest)
    return newest
  }

  const edgeCopy = async (workspaceId: string): Promise<CompiledDefinitions | undefined> => {
    try {
      const text = await edge.get(workspaceId)
      if (text === undefined) return undefined
      const definitions = decodeResolvedDefinitions(JSON.parse(text))
      return definitions.workspaceId === workspaceId ? compileDefinitions(definitions) : undefined
    } catch (cause) {
      // The registry has the truth; a damaged or unreachable copy only costs a call.
      report('edge copy not read', { workspace: workspaceId, cause: causeOf(cause) })
      return undefined
    }
  }

  const newest = async (
    workspaceId: string,
    seen?: number,
  ): Promise<CompiledDefinitions | undefined> => {
    const known = held.get(workspaceId)?.compiled
    const definitions = await peers.registry(workspaceId).definitions({
      format: messageFormat,
      ...(known === undefined ? {} : { newerThan: known.definitions.version }),
      ...(seen === undefined ? {} : { seen }),
    })
    if (definitions !== undefined) return keep(workspaceId, compileDefinitions(definitions))
    return known && keep(workspaceId, known)
  }

  return {
    newest,
    recent: async workspaceId => {
      const known = held.get(workspaceId)
      if (known !== undefined && clock.now() - known.readMs < freshMs) return known.compiled
      const copy = await edgeCopy(workspaceId)
      return copy === undefined ? newest(workspaceId) : keep(workspaceId, copy)
    },
  }
}

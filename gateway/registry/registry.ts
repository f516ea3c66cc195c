import { ValidationError } from '../../shared/fields/validation-error.ts'
import { mintId } from '../../shared/keys.ts'
import { limits } from '../../shared/limits.ts'
import {
  canonicalJson,
  decodeDefinitions,
  hashDefinitions,
  type WorkspaceDefinitions,
} from '../../shared/workspace-definitions.ts'
import { causeOf } from '../cause-of.ts'
import { checkFormat, messageFormat } from '../contracts/message.ts'
import type {
  ApplyMessage,
  ApplyReply,
  RegistryContract,
  ScaleMessage,
  ScaleReply,
} from '../contracts/registry-contract.ts'
import { createDuties } from '../duties.ts'
import type { Ports } from '../ports.ts'
import { applied, movedReason, refusal } from './apply-reply.ts'
import { findChanges } from './find-changes.ts'
import { type AppliedDefinitions, registryStatements } from './registry-statements.ts'
import { resolveDefinitions } from './resolve-definitions.ts'
import type { ResolvedDefinitions, ResolvedSource } from './resolved-definitions.ts'
import { scaleEntitySet } from './scale-entity-set.ts'

const idLength = 12
/** KV takes one write a second for a key. */
const minPutGapMs = 1_000

/** A workspace's definitions: the only writer of them, for the partitions, the edge copy and the Workers. */
export function createRegistry(
  ports: Ports,
  { workspaceId }: { readonly workspaceId: string },
): RegistryContract & { alarm(): Promise<void> } {
  const { clock, random, storage, peers, definitions: edge, report } = ports
  const statements = registryStatements(storage)
  storage.transaction(statements.createTables)
  let resolved = statements.resolved()
  let lastPutMs = 0
  let propagating: Promise<unknown> = Promise.resolve()

  /** Tells partitions, catalogues and the edge copy of what was applied; safe to repeat. */
  const propagate = async (): Promise<number | undefined> => {
    const definitions = resolved
    if (definitions === undefined || statements.propagated() >= definitions.version)
      return undefined
    const told = statements.propagated()
    await Promise.all(
      definitions.sources.filter(({ version }) => version > told).map(source => tell(source)),
    )
    if (clock.now() - lastPutMs < minPutGapMs) return lastPutMs + minPutGapMs
    lastPutMs = clock.now()
    await edge.put(workspaceId, JSON.stringify(definitions))
    statements.setPropagated(definitions.version)
    return definitions === resolved ? undefined : clock.now()
  }
  const tell = async (source: ResolvedSource) => {
    const { id, partitions } = source
    await peers.catalogue(workspaceId, id).declare({ format: messageFormat, partitions })
    await Promise.all(
      partitionsOf(source).map(partition =>
        peers.partition(workspaceId, id, partition).subscribe({ format: messageFormat, source }),
      ),
    )
  }

  const duties = createDuties(ports, {
    propagate: () => {
      const done = propagating.then(propagate, propagate)
      propagating = done.catch(() => undefined)
      return done
    },
  })

  const apply = async (message: ApplyMessage): Promise<ApplyReply> => {
    checkFormat(message)
    const read = readDefinitions(message)
    if (typeof read === 'string') return refusal('invalid', read)
    const canonical = canonicalJson(read)
    const hash = await hashDefinitions(canonical)
    const before = statements.latest()
    if (before?.hash !== hash && (before?.hash ?? null) !== message.expectedHash) {
      return refusal('conflict', movedReason(before?.hash, message.expectedHash))
    }
    const found = findChanges(before?.canonical, canonical)
    if (found.outcome === 'conflict') return refusal('conflict', found.reason)
    if (resolved !== undefined && resolved.live !== read.live) {
      return refusal('conflict', 'Whether a workspace is live is chosen once, when it is created.')
    }
    const nothingNew = before !== undefined && found.created.length + found.updated.length === 0
    if (nothingNew && resolved !== undefined) return applied(resolved, found)

    const version = (before?.version ?? 0) + 1
    const nowUs = clock.now() * 1_000
    const next = resolveDefinitions(read, {
      workspaceId,
      version,
      hash,
      nowUs,
      previous: resolved,
      mint: () => mintId(idLength, count => random.bytes(count)),
    })
    const late = await viewWithoutHistory(next)
    if (late !== undefined) return refusal('conflict', late)
    if (statements.latest()?.version !== before?.version) {
      return refusal(
        'conflict',
        'Another apply came first; compare with what it applied and try again.',
      )
    }
    await adopt({ version, hash, canonical }, next, message.keyId)
    return applied(next, found)
  }

  /** Stores a version and tells everybody of it. */
  const adopt = async (
    definitions: AppliedDefinitions,
    next: ResolvedDefinitions,
    keyId: string,
  ): Promise<void> => {
    storage.transaction(() => {
      statements.insert(definitions, next, clock.now() * 1_000, keyId)
      duties.set('propagate', clock.now())
    })
    resolved = next
    // The alarm does it again should this be cut short; partitions also ask by themselves.
    await duties.run()
  }

  /** A view is folded from its source's history; one that has lost some without an offline log is refused. */
  const viewWithoutHistory = async (next: ResolvedDefinitions): Promise<string | undefined> => {
    for (const source of next.sources) {
      const known = resolved?.sources.find(({ id }) => id === source.id)
      if (known === undefined || known.views.length === source.views.length || source.logOffline)
        continue
      for (const partition of partitionsOf(source)) {
        const state = await peers
          .partition(workspaceId, source.id, partition)
          .snapshot({ format: messageFormat })
        if (state.first === 0) continue
        return `Source "${source.name}" keeps no offline log and has forgotten records: a new feature view cannot be folded from its history. Declare a view together with such a source.`
      }
    }
    return undefined
  }

  /** A registry restored from a backup is behind what it told others: it issues what it has above that. */
  const issueAbove = async (seen: number): Promise<void> => {
    const before = statements.latest()
    if (resolved === undefined || before === undefined || seen <= resolved.version) return
    const version = seen + 1
    report('definitions issued again', { workspace: workspaceId, from: resolved.version, version })
    const sources = resolved.sources.map(source => ({ ...source, version }))
    await adopt({ ...before, version }, { ...resolved, version, sources }, 'registry')
  }

  const scale = async (message: ScaleMessage): Promise<ScaleReply> => {
    checkFormat(message)
    const before = statements.latest()
    if (resolved === undefined || before === undefined) {
      return { format: messageFormat, outcome: 'refused', reason: 'Nothing was applied yet.' }
    }
    const nowUs = clock.now() * 1_000
    const next = scaleEntitySet(resolved, message, before.version + 1, nowUs)
    if (typeof next === 'string') {
      return { format: messageFormat, outcome: 'refused', reason: next }
    }
    if (next !== resolved) await adopt({ ...before, version: next.version }, next, message.keyId)
    return { format: messageFormat, outcome: 'scaled', version: next.version }
  }

  return {
    apply,
    scale,
    definitions: async message => {
      checkFormat(message)
      if (message.seen !== undefined) await issueAbove(message.seen)
      if (resolved !== undefined && resolved.version <= (message.newerThan ?? 0)) return undefined
      return resolved
    },
    applied: async message => {
      checkFormat(message)
      return statements.latest()
    },
    source: async message => {
      checkFormat(message)
      return resolved?.sources.find(({ id }) => id === message.sourceId)
    },
    sweep: async message => {
      checkFormat(message)
      duties.wake()
      const swept = await Promise.allSettled(
        (resolved?.sources ?? []).map(({ id }) => peers.catalogue(workspaceId, id).sweep(message)),
      )
      for (const outcome of swept) {
        if (outcome.status === 'rejected') {
          report('sweep failed', { workspace: workspaceId, cause: causeOf(outcome.reason) })
        }
      }
      return { format: messageFormat }
    },
    alarm: () => duties.run(),
  }
}

function readDefinitions({ workspace, canonical }: ApplyMessage): WorkspaceDefinitions | string {
  if (canonical.length > limits.maxDefinitionsBytes) {
    return `The definitions have ${canonical.length} characters; the limit is ${limits.maxDefinitionsBytes}.`
  }
  try {
    const definitions = decodeDefinitions(JSON.parse(canonical))
    if (definitions.name === workspace) return definitions
    return `The definitions are of workspace "${definitions.name}" and were sent to "${workspace}".`
  } catch (cause) {
    if (cause instanceof ValidationError) return cause.message
    throw cause
  }
}

function partitionsOf({ partitions }: ResolvedSource): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition)
}

import { requireName } from '../../shared/fields/names.ts'
import { ValidationError } from '../../shared/fields/validation-error.ts'
import { causeOf } from '../cause-of.ts'
import { checkFormat, messageFormat } from '../contracts/message.ts'
import type { RegistryContract, ScaleMessage, ScaleReply } from '../contracts/registry-contract.ts'
import type { Ports } from '../ports.ts'
import { createApplier } from './apply-definitions.ts'
import { refusal } from './apply-reply.ts'
import { createHistory } from './history.ts'
import { createRegistryState } from './registry-state.ts'
import { type CreatedWorkspace, registryStatements } from './registry-statements.ts'
import { decodeResolvedDefinitions } from './resolved-definitions.ts'
import { scaleEntitySet } from './scale-entity-set.ts'

/** A workspace's definitions: the only writer of them, for the partitions, the edge copy and the Workers. */
export function createRegistry(
  ports: Ports,
  { workspaceId }: { readonly workspaceId: string },
): RegistryContract & { alarm(): Promise<void> } {
  const { clock, storage, peers, report, definitions: edge } = ports
  const statements = registryStatements(storage)
  const state = createRegistryState(ports, statements, workspaceId)
  const history = createHistory(statements)

  /** A registry restored from a backup is behind what it told others: it issues what it has above that. */
  const issueAbove = async (seen: number): Promise<void> => {
    const before = statements.latest()
    const resolved = state.resolved()
    if (resolved === undefined || before === undefined || seen <= resolved.version) return
    const version = seen + 1
    report('definitions issued again', { workspace: workspaceId, from: resolved.version, version })
    const sources = resolved.sources.map(source => ({ ...source, version }))
    const next = { ...resolved, version, sources }
    await state.adopt({ ...before, version }, next, { keyId: 'registry', action: 'reissue' })
  }

  let isAbove = false
  /** Asks the edge copy once in this life, before a version is made: one that it has is never made again. */
  const beAboveEdge = async (): Promise<void> => {
    if (isAbove) return
    try {
      const text = await edge.get(workspaceId)
      if (text !== undefined) {
        await issueAbove(decodeResolvedDefinitions(JSON.parse(text)).version)
      }
      isAbove = true
    } catch (cause) {
      report('edge copy not read', { workspace: workspaceId, cause: causeOf(cause) })
    }
  }

  const scale = async (message: ScaleMessage): Promise<ScaleReply> => {
    checkFormat(message)
    await beAboveEdge()
    const before = statements.latest()
    const resolved = state.resolved()
    if (resolved === undefined || before === undefined) {
      return { format: messageFormat, outcome: 'refused', reason: 'Nothing was applied yet.' }
    }
    const next = scaleEntitySet(resolved, message, before.version + 1)
    if (typeof next === 'string') {
      return { format: messageFormat, outcome: 'refused', reason: next }
    }
    const by = { keyId: message.keyId, action: 'scale' }
    if (next !== resolved) await state.adopt({ ...before, version: next.version }, next, by)
    return { format: messageFormat, outcome: 'scaled', version: next.version }
  }

  const workspaceState = (created: CreatedWorkspace) => {
    const version = statements.latest()?.version ?? 0
    return { format: messageFormat, ...created, version }
  }

  const applier = createApplier(ports, state, workspaceId)

  return {
    plan: message => beAboveEdge().then(() => applier.plan(message)),
    planRollback: message => beAboveEdge().then(() => applier.planRollback(message)),
    apply: message => beAboveEdge().then(() => applier.apply(message)),
    remove: message => beAboveEdge().then(() => applier.remove(message)),
    scale,
    create: async ({ format, workspace, live }) => {
      checkFormat({ format })
      const refused = refusalOfName(workspace)
      if (refused !== undefined) return refusal('invalid', refused)
      const known = state.created()
      if (known === undefined) {
        const created = { name: workspace, live, createdUs: clock.now() * 1_000 }
        storage.transaction(() => statements.setWorkspace(created))
        return { ...workspaceState(created), outcome: 'created' }
      }
      if (known.name !== workspace) {
        const reason = `This key's workspace is "${known.name}"; another one needs keys of its own.`
        return refusal('conflict', reason)
      }
      if (known.live === live) return { ...workspaceState(known), outcome: 'unchanged' }
      const now = known.live ? 'is live' : 'is not live'
      const reason = `The workspace "${known.name}" is there and ${now}; that is chosen once, when it is created.`
      return refusal('conflict', reason)
    },
    workspace: async message => {
      checkFormat(message)
      const created = state.created()
      return created && workspaceState(created)
    },
    history: async message => {
      checkFormat(message)
      const { before = Number.MAX_SAFE_INTEGER, count } = message
      return history.versions(before - 1, count)
    },
    version: async message => {
      checkFormat(message)
      return history.version(message.version)
    },
    definitions: async message => {
      checkFormat(message)
      const { seen = 0, newerThan = 0 } = message
      await issueAbove(Math.max(seen, newerThan))
      const resolved = state.resolved()
      if (resolved !== undefined && resolved.version <= newerThan) return undefined
      return resolved
    },
    applied: async message => {
      checkFormat(message)
      return statements.latest()
    },
    source: async ({ format, sourceId, seen = 0 }) => {
      checkFormat({ format })
      await issueAbove(seen)
      const declared = state.resolved()?.sources.find(({ id }) => id === sourceId)
      return declared ?? statements.retired(sourceId)
    },
    retired: async message => {
      checkFormat(message)
      return statements.allRetired()
    },
    sweep: async message => {
      checkFormat(message)
      state.wake()
      const declared = (state.resolved()?.sources ?? []).map(({ id }) => id)
      const retired = statements.allRetired().map(({ source }) => source.id)
      const swept = await Promise.allSettled(
        [...new Set([...declared, ...retired])].map(id =>
          peers.catalogue(workspaceId, id).sweep(message),
        ),
      )
      for (const outcome of swept) {
        if (outcome.status === 'rejected') {
          report('sweep failed', { workspace: workspaceId, cause: causeOf(outcome.reason) })
        }
      }
      return { format: messageFormat }
    },
    alarm: state.alarm,
  }
}

/** A name that no workspace may have. */
function refusalOfName(workspace: string): string | undefined {
  try {
    requireName('Workspace', workspace, 'workspace')
    return undefined
  } catch (cause) {
    if (cause instanceof ValidationError) return cause.message
    throw cause
  }
}

import { mintId } from '../../shared/keys.ts'
import { keepCounts } from '../../shared/plan/keep-counts.ts'
import { utf8Length } from '../../shared/utf8-length.ts'
import { canonicalJson, workspaceDefinitions } from '../../shared/workspace-definitions.ts'
import { checkFormat, messageFormat } from '../contracts/message.ts'
import type {
  ApplyMessage,
  ApplyReply,
  PlanMessage,
  PlanReply,
  RegistryContract,
  RegistryRefusal,
} from '../contracts/registry-contract.ts'
import type { Ports } from '../ports.ts'
import { applied, movedReason, refusal } from './apply-reply.ts'
import { type Proposal, planOf, proposeDefinitions } from './plan-definitions.ts'
import type { RegistryState } from './registry-state.ts'
import { resolveDefinitions } from './resolve-definitions.ts'
import { viewWithoutHistory } from './view-without-history.ts'

const idLength = 12
const planLifeUs = 24 * 3_600_000_000
const maxPlans = 50
/** A row of SQLite in a Durable Object holds 2 MB; its other columns need little. */
const maxResolvedBytes = 1_900_000

/** What is to be applied, the hash that it has to follow (absent: any), and by what. */
interface Meant {
  readonly canonical: string
  readonly suppressRecreates: boolean
  readonly expectedHash?: string | null
  readonly expectedVersion?: number
  readonly action: string
}

/**
 * Plans and applies definitions: what is planned is what is applied, all of it or nothing, and only to the state
 * that it was compared with.
 */
export function createApplier(
  ports: Ports,
  state: RegistryState,
  workspaceId: string,
): Pick<RegistryContract, 'plan' | 'planRollback' | 'apply' | 'remove'> {
  const { clock, random, peers } = ports
  const { statements } = state
  const nowUs = () => clock.now() * 1_000
  const versionNow = () => statements.latest()?.version ?? 0

  const propose = async (message: PlanMessage): Promise<Proposal | RegistryRefusal> => {
    const { workspace, canonical, suppressRecreates = false } = message
    const created = state.created()
    if (created !== undefined && created.name !== workspace) return unknownWorkspace(workspace)
    const sent = { workspace, canonical, suppressRecreates }
    // Nothing is left of what was there before a deletion.
    const before = state.resolved()?.workspace === '' ? undefined : statements.latest()
    const proposed = await proposeDefinitions(sent, before, created)
    return typeof proposed === 'string' ? refusal('invalid', proposed) : proposed
  }

  /** What a proposal would make, and why it cannot be made of the records that there are. */
  const resolve = async ({ definitions, hash, diff }: Proposal) => {
    const keysOf = (changes: typeof diff.changes) =>
      new Set(changes.map(({ kind, name }) => `${kind} ${name}`))
    const next = resolveDefinitions(definitions, {
      workspaceId,
      version: versionNow() + 1,
      hash,
      nowUs: nowUs(),
      previous: state.resolved(),
      recreated: keysOf(diff.changes.filter(({ action }) => action === 'recreate')),
      changed: keysOf(diff.changes),
      mint: () => mintId(idLength, count => random.bytes(count)),
    })
    const refusals = [...(await viewWithoutHistory(peers, state.resolved(), next))]
    const bytes = utf8Length(JSON.stringify(next))
    if (bytes > maxResolvedBytes) {
      refusals.push(
        `The definitions have ${bytes} bytes with their ids; the limit is ${maxResolvedBytes}.`,
      )
    }
    return { next, refusals: [...diff.refusals, ...refusals] }
  }

  const plan = async (message: PlanMessage, action = 'apply'): Promise<PlanReply> => {
    checkFormat(message)
    const proposal = await propose(message)
    if ('outcome' in proposal) return proposal
    const { refusals } = await resolve(proposal)
    const planned = await planOf(proposal, workspaceId, versionNow(), refusals)
    const { canonical, suppressRecreates } = proposal
    const { plan_id: id, version, hash: beforeHash, next_hash: hash } = planned
    const createdUs = nowUs()
    const kept = { id, version, beforeHash, hash, canonical, suppressRecreates, action, createdUs }
    statements.keepPlan(kept, createdUs - planLifeUs, maxPlans)
    return { format: messageFormat, outcome: 'planned', plan: planned }
  }

  /** An earlier version's definitions; counts that grew since then stay, since they only double. */
  const earlier = (version: number): string | RegistryRefusal => {
    const kept = statements.version(version)
    const latest = statements.latest()
    if (kept === undefined || latest === undefined) {
      return refusal('unknown_version', `Version ${version} was never applied to this workspace.`)
    }
    return keepCounts(kept.canonical, latest.canonical)
  }

  const meantBy = (message: ApplyMessage): Meant | RegistryRefusal => {
    if ('planId' in message) {
      const kept = statements.plan(message.planId, nowUs() - planLifeUs)
      if (kept === undefined) {
        return refusal(
          'unknown_plan',
          `No plan "${message.planId.slice(0, 64)}" of this workspace is kept: a plan lives 24 hours. Plan again.`,
        )
      }
      const { canonical, suppressRecreates, beforeHash, version, action } = kept
      const expected = { expectedHash: beforeHash, expectedVersion: version }
      return { canonical, suppressRecreates, ...expected, action }
    }
    if ('rollbackTo' in message) {
      const canonical = earlier(message.rollbackTo)
      if (typeof canonical !== 'string') return canonical
      return { canonical, suppressRecreates: false, action: 'rollback' }
    }
    const { canonical, suppressRecreates = false, expectedHash } = message
    return { canonical, suppressRecreates, expectedHash, action: 'apply' }
  }

  const applyMeant = async (
    meant: Meant,
    { workspace, keyId }: Pick<ApplyMessage, 'workspace' | 'keyId'>,
  ): Promise<ApplyReply> => {
    const { canonical, suppressRecreates, expectedHash, expectedVersion, action } = meant
    const message = { format: messageFormat, workspace, canonical, suppressRecreates }
    const version = versionNow()
    const created = state.created()
    const proposal = await propose(message)
    if ('outcome' in proposal) return proposal
    const { before, hash, diff } = proposal
    const present = state.resolved()
    const isGone = action === 'delete'
    if (before?.hash === hash && present !== undefined && !isGone) {
      return applied(present, proposal.definitions, [])
    }
    const hasMoved = expectedVersion !== undefined && expectedVersion !== version
    const isOther = expectedHash !== undefined && expectedHash !== (before?.hash ?? null)
    if (hasMoved || isOther) {
      return refusal('conflict', movedReason(before?.hash, expectedHash ?? null))
    }
    const { next, refusals } = await resolve(proposal)
    if (refusals.length > 0) return refusal('refused_plan', refusals.join(' '))
    const isCreatedMeanwhile = created === undefined && state.created() !== undefined
    if (versionNow() !== version || isCreatedMeanwhile) {
      return refusal(
        'conflict',
        'Another apply came first; compare with what it applied and try again.',
      )
    }
    const made = { version: next.version, hash, canonical: proposal.canonical }
    await state.adopt(made, isGone ? { ...next, workspace: '' } : next, { keyId, action })
    return applied(next, proposal.definitions, diff.changes)
  }

  return {
    plan: message => plan(message),
    async planRollback({ format, workspace, version }) {
      checkFormat({ format })
      const canonical = earlier(version)
      if (typeof canonical !== 'string') return canonical
      return plan({ format, workspace, canonical }, 'rollback')
    },
    async apply(message) {
      checkFormat(message)
      const meant = meantBy(message)
      return 'outcome' in meant ? meant : applyMeant(meant, message)
    },
    async remove(message) {
      checkFormat(message)
      const created = state.created()
      if (created?.name !== message.workspace) return unknownWorkspace(message.workspace)
      const canonical = canonicalJson(workspaceDefinitions(created, []))
      return applyMeant({ canonical, suppressRecreates: false, action: 'delete' }, message)
    },
  }
}

/** A key knows one workspace, by the name that it has. */
function unknownWorkspace(workspace: string): RegistryRefusal {
  const name = workspace.slice(0, 64)
  return refusal('unknown_workspace', `No workspace "${name}" is known to this key.`)
}

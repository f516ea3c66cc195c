import { ValidationError } from '../../shared/fields/validation-error.ts'
import { sha256Hex } from '../../shared/keys.ts'
import { limits } from '../../shared/limits.ts'
import { type DefinitionsDiff, diffDefinitions } from '../../shared/plan/diff-definitions.ts'
import type { Plan } from '../../shared/plan-protocol.ts'
import { utf8Length } from '../../shared/utf8-length.ts'
import {
  canonicalJson,
  decodeDefinitions,
  hashDefinitions,
  type WorkspaceDefinitions,
} from '../../shared/workspace-definitions.ts'
import { refusalOfState } from './refuse-state.ts'
import type { AppliedDefinitions, CreatedWorkspace } from './registry-statements.ts'

/** Definitions that would be applied to what there is, and what that would change. */
export interface Proposal {
  readonly definitions: WorkspaceDefinitions
  readonly canonical: string
  readonly hash: string
  readonly before: AppliedDefinitions | undefined
  readonly diff: DefinitionsDiff
  readonly suppressRecreates: boolean
}

/**
 * Compares sent definitions with what was applied last, or gives why they are none of this workspace. Whether it
 * is live was said when it was created: definitions do not change that.
 */
export async function proposeDefinitions(
  sent: {
    readonly workspace: string
    readonly canonical: string
    readonly suppressRecreates: boolean
  },
  before: AppliedDefinitions | undefined,
  created: CreatedWorkspace | undefined,
): Promise<Proposal | string> {
  const read = readDefinitions(sent)
  if (typeof read === 'string') return read
  for (const view of read.featureViews) {
    const tooMuch = refusalOfState(view)
    if (tooMuch !== undefined) return tooMuch
  }
  const definitions = created === undefined ? read : { ...read, live: created.live }
  const canonical = canonicalJson(definitions)
  // What was left out when they were sent is written out by now.
  const tooLarge = refusalOfSize(canonical)
  if (tooLarge !== undefined) return tooLarge
  const old = before && decodeDefinitions(JSON.parse(before.canonical))
  const { suppressRecreates } = sent
  return {
    definitions,
    canonical,
    hash: await hashDefinitions(canonical),
    before,
    diff: diffDefinitions(old, definitions, { suppressRecreates }),
    suppressRecreates,
  }
}

/** Names a plan by all that it depends on: the same plan has the same id, and another workspace's has not. */
export async function planOf(
  { definitions, hash, before, diff, suppressRecreates }: Proposal,
  workspaceId: string,
  version: number,
  refusals: readonly string[],
): Promise<Plan> {
  const parts = [workspaceId, version, before?.hash ?? '', hash, suppressRecreates]
  return {
    workspace: definitions.name,
    live: definitions.live,
    plan_id: (await sha256Hex(parts.join(' '))).slice(0, 32),
    version,
    hash: before?.hash ?? null,
    next_hash: hash,
    changes: diff.changes,
    refusals,
    warnings: diff.warnings,
  }
}

function readDefinitions({
  workspace,
  canonical,
}: {
  readonly workspace: string
  readonly canonical: string
}): WorkspaceDefinitions | string {
  const tooLarge = refusalOfSize(canonical)
  if (tooLarge !== undefined) return tooLarge
  try {
    const definitions = decodeDefinitions(JSON.parse(canonical))
    if (definitions.name === workspace) return definitions
    return `The definitions are of workspace "${definitions.name}" and were sent to "${workspace}".`
  } catch (cause) {
    if (cause instanceof ValidationError) return cause.message
    throw cause
  }
}

function refusalOfSize(canonical: string): string | undefined {
  const bytes = utf8Length(canonical)
  if (bytes <= limits.maxDefinitionsBytes) return undefined
  return `The definitions have ${bytes} bytes; the limit is ${limits.maxDefinitionsBytes}.`
}

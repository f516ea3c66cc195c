import type { AppliedObject, Plan, PlannedChange } from '../../shared/plan-protocol.ts'
import type { ResolvedDefinitions, ResolvedSource } from '../registry/resolved-definitions.ts'
import type { Message } from './message.ts'

/** Definitions that somebody would have, as canonical JSON. */
export interface PlanMessage extends Message {
  readonly workspace: string
  readonly canonical: string
  readonly suppressRecreates?: boolean
}

/** A version that was applied before, to be had again. */
export interface RollbackMessage extends Message {
  readonly workspace: string
  readonly version: number
}

/** `workspace`: it is of another name, or there is none; `plan`: none of that id is kept. */
export type RegistryRefusal = Message & {
  readonly outcome:
    | 'conflict'
    | 'refused_plan'
    | 'invalid'
    | 'unknown_workspace'
    | 'unknown_plan'
    | 'unknown_version'
  readonly reason: string
}

export type PlanReply =
  | (Message & { readonly outcome: 'planned'; readonly plan: Plan })
  | RegistryRefusal

export type ApplyMessage = Message & {
  readonly workspace: string
  readonly keyId: string
} & (
    | {
        readonly expectedHash: string | null
        /** Canonical JSON of the definitions. */
        readonly canonical: string
        readonly suppressRecreates?: boolean
      }
    | { readonly planId: string }
    | { readonly rollbackTo: number }
  )

export type ApplyReply =
  | (Message & {
      readonly outcome: 'applied'
      readonly version: number
      readonly hash: string
      readonly changes: readonly AppliedObject[]
    })
  | RegistryRefusal

export interface ScaleMessage extends Message {
  /** Names of the join keys whose entities get more shards. */
  readonly joinKeys: readonly string[]
  readonly shards: number
  readonly keyId: string
}

export type ScaleReply = Message &
  (
    | { readonly outcome: 'scaled'; readonly version: number }
    | { readonly outcome: 'refused'; readonly reason: string }
  )

export interface WorkspaceState extends Message {
  readonly name: string
  readonly live: boolean
  readonly version: number
  readonly createdUs: number
}

export interface VersionState {
  readonly version: number
  readonly hash: string
  readonly appliedUs: number
  readonly keyId: string
  readonly action: string
  /** What it changed in the one before it. */
  readonly changes: readonly PlannedChange[]
}

export interface RegistryContract {
  /** Says what an apply would change, and keeps that for a day. Cost: a row. */
  plan(message: PlanMessage): Promise<PlanReply>
  planRollback(message: RollbackMessage): Promise<PlanReply>
  apply(message: ApplyMessage): Promise<ApplyReply>
  /** Gives an entity set more shards, under another version of the definitions that were applied last. */
  scale(message: ScaleMessage): Promise<ScaleReply>
  /** Names the workspace and says whether it is live, unless it has that name and state already. */
  create(
    message: Message & { readonly workspace: string; readonly live: boolean },
  ): Promise<(WorkspaceState & { readonly outcome: 'created' | 'unchanged' }) | RegistryRefusal>
  /** Deletes all that is declared, and the name. */
  remove(
    message: Message & { readonly workspace: string; readonly keyId: string },
  ): Promise<ApplyReply>
  workspace(message: Message): Promise<WorkspaceState | undefined>
  /** Versions below one, the newest first, without the differences of their changes. */
  history(
    message: Message & { readonly before?: number; readonly count: number },
  ): Promise<readonly VersionState[]>
  version(
    message: Message & { readonly version: number },
  ): Promise<(VersionState & { readonly canonical: string }) | undefined>
  /**
   * The definitions, or nothing where they are no newer than `newerThan` or nothing was applied yet. `seen` and
   * `newerThan` are versions that somebody knows: one above the newest here was issued before this registry was
   * restored.
   */
  definitions(
    message: Message & { readonly newerThan?: number; readonly seen?: number },
  ): Promise<ResolvedDefinitions | undefined>
  /** What was applied last, as it was sent. */
  applied(
    message: Message,
  ): Promise<
    { readonly version: number; readonly hash: string; readonly canonical: string } | undefined
  >
  /** A source by its id, also one that is declared no more; `seen` is as with `definitions`. */
  source(
    message: Message & { readonly sourceId: string; readonly seen?: number },
  ): Promise<ResolvedSource | undefined>
  /** Sources that were deleted or recreated, the newest first. */
  retired(
    message: Message,
  ): Promise<readonly { readonly source: ResolvedSource; readonly retiredUs: number }[]>
  sweep(message: Message): Promise<Message>
}

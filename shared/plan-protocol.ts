/**
 * What plan, apply, history and rollback say over HTTP: `/api/v1/workspaces/{workspace}/…`, both directions.
 * Sentences are whole sentences for the definitions' author.
 */

/** What would happen to an object; `recreate` is a deletion and a creation under another id. */
export type PlanAction = 'create' | 'update' | 'recreate' | 'delete'

export type PlannedKind = 'stream_source' | 'entity' | 'stream_feature_view' | 'feature_service'

/** What a change means for what is stored: nothing, features folded anew from the log, or something lost. */
export type Consequence = 'compatible' | 'needs_backfill' | 'destructive'

/** A property that differs; its path has dots between names, such as `schema.amt.dtype`. */
export interface PlannedDifference {
  readonly path: string
  readonly before: unknown
  readonly after: unknown
}

export interface PlannedChange {
  readonly action: PlanAction
  readonly kind: PlannedKind
  readonly name: string
  readonly consequence: Consequence
  /** Why it has that consequence. */
  readonly reasons: readonly string[]
  readonly owner?: string | undefined
  readonly description?: string | undefined
  readonly differences: readonly PlannedDifference[]
}

/** Body of `POST …/plan`. */
export interface PlanRequest {
  readonly protocol: 1
  readonly definitions: unknown
  /** Updates in place what would be recreated otherwise; its online state may then be a mixture. */
  readonly suppress_recreates?: boolean | undefined
}

/** Reply of `POST …/plan`, and of `POST …/rollback` with `dry_run`. */
export interface Plan {
  readonly workspace: string
  readonly live: boolean
  /** Names the plan for 24 hours, to apply exactly that. */
  readonly plan_id: string
  /** The version and hash that it was compared with; the hash is null where nothing was applied yet. */
  readonly version: number
  readonly hash: string | null
  readonly next_hash: string
  /** Empty where there is nothing to do. */
  readonly changes: readonly PlannedChange[]
  /** Why it cannot be applied; empty where it can. */
  readonly refusals: readonly string[]
  readonly warnings: readonly string[]
}

/** Body of `POST …/apply`: a plan that was made before, or definitions and the hash that they follow. */
export type ApplyRequest =
  | { readonly protocol: 1; readonly plan_id: string }
  | (PlanRequest & { readonly expected_hash: string | null })

export interface AppliedObject {
  /** One of {@link PlanAction}; an older gateway says `none` of what stays. */
  readonly action: string
  readonly kind: string
  readonly name: string
  readonly id?: string | undefined
}

/** Reply of `POST …/apply`, and of `POST …/rollback`. */
export interface Applied {
  readonly workspace: string
  readonly version: number
  readonly hash: string
  readonly changes: readonly AppliedObject[]
}

/** One version of a workspace. */
export interface HistoryEntry {
  readonly version: number
  readonly hash: string
  readonly applied_at: string
  /** The public id of the key that applied it. */
  readonly key_id: string
  /** `apply`, `rollback`, `scale`; a newer gateway may know more. */
  readonly action: string
  readonly changes: readonly {
    readonly action: string
    readonly kind: string
    readonly name: string
  }[]
}

/** Reply of `GET …/history`, newest first. */
export interface History {
  readonly applies: readonly HistoryEntry[]
}

/** Reply of `GET …/history/{version}`. */
export interface HistoryVersion extends HistoryEntry {
  readonly definitions: unknown
}

/** Body of `POST …/rollback`. */
export interface RollbackRequest {
  readonly protocol: 1
  readonly version: number
  readonly dry_run?: boolean | undefined
}

/** Body of `PUT /api/v1/workspaces/{workspace}`. */
export interface CreateWorkspaceRequest {
  readonly protocol: 1
  readonly live: boolean
}

/** Reply of `PUT /api/v1/workspaces/{workspace}`, and a member of the list. */
export interface WorkspaceEntry {
  readonly name: string
  readonly live: boolean
  /** 0 where nothing was applied yet. */
  readonly version: number
  readonly created_at: string
}

/** Reply of `GET /api/v1/workspaces`: those of the key. */
export interface WorkspaceList {
  readonly workspaces: readonly WorkspaceEntry[]
}

/** Reply of `GET …/retired`: sources that were deleted or recreated, the newest first. */
export interface RetiredList {
  readonly sources: readonly {
    readonly name: string
    readonly id: string
    readonly retired_at: string
    readonly log_offline: boolean
    /** Null: their parts stay for ever. */
    readonly retention_ms: number | null
    /** Where their parts lie in the bucket. */
    readonly parts: string
  }[]
}

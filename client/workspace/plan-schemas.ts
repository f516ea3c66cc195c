import * as v from 'valibot'
import type {
  Applied,
  History,
  HistoryVersion,
  Plan,
  WorkspaceEntry,
  WorkspaceList,
} from '../../shared/plan-protocol.ts'

const sentences = v.array(v.string())

/** Reads a plan; refuses actions and kinds of a newer gateway, since nobody should confirm what is not shown. */
export const planSchema: v.GenericSchema<unknown, Plan> = v.object({
  workspace: v.string(),
  live: v.boolean(),
  plan_id: v.string(),
  version: v.number(),
  hash: v.nullable(v.string()),
  next_hash: v.string(),
  changes: v.array(
    v.object({
      action: v.picklist(['create', 'update', 'recreate', 'delete']),
      kind: v.picklist(['stream_source', 'entity', 'stream_feature_view', 'feature_service']),
      name: v.string(),
      consequence: v.picklist(['compatible', 'needs_backfill', 'destructive']),
      reasons: sentences,
      owner: v.optional(v.string()),
      description: v.optional(v.string()),
      differences: v.array(
        v.object({
          path: v.string(),
          before: v.optional(v.unknown(), null),
          after: v.optional(v.unknown(), null),
        }),
      ),
    }),
  ),
  refusals: sentences,
  warnings: sentences,
})

const object = { action: v.string(), kind: v.string(), name: v.string() }

export const appliedSchema: v.GenericSchema<unknown, Applied> = v.object({
  workspace: v.string(),
  version: v.number(),
  hash: v.string(),
  changes: v.array(v.object({ ...object, id: v.optional(v.string()) })),
})

const historyEntry = {
  version: v.number(),
  hash: v.string(),
  applied_at: v.string(),
  key_id: v.string(),
  action: v.string(),
  changes: v.array(v.object(object)),
}

export const historySchema: v.GenericSchema<unknown, History> = v.object({
  applies: v.array(v.object(historyEntry)),
})

export const historyVersionSchema: v.GenericSchema<unknown, HistoryVersion> = v.object({
  ...historyEntry,
  definitions: v.unknown(),
})

export const workspaceEntrySchema: v.GenericSchema<unknown, WorkspaceEntry> = v.object({
  name: v.string(),
  live: v.boolean(),
  version: v.number(),
  created_at: v.string(),
})

export const workspaceListSchema: v.GenericSchema<unknown, WorkspaceList> = v.object({
  workspaces: v.array(workspaceEntrySchema),
})

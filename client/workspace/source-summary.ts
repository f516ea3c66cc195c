import * as v from 'valibot'

const text = v.nullable(v.string())

/** What a gateway says of a source. */
export const summarySchema = v.object({
  id: v.string(),
  name: v.string(),
  workspace: v.string(),
  kind: v.literal('stream_source'),
  description: text,
  owner: text,
  tags: v.record(v.string(), v.string()),
  createdAt: v.string(),
  lastModifiedAt: v.string(),
  version: v.number(),
  logOffline: v.boolean(),
  partitions: v.number(),
  featureViews: v.array(v.string()),
  /** Records accepted and kept: in parts and in the tail. */
  rows: v.number(),
  /** Records accepted that are older than the retention, and gone. */
  expired: v.number(),
  tailRows: v.number(),
  parts: v.number(),
  bytes: v.number(),
  firstEventTime: text,
  lastEventTime: text,
  lastAcceptedTime: text,
  /** Why rolls of a partition, or compactions, stopped, for the operator; empty when all is well. */
  stopped: v.array(v.string()),
})
export type SourceSummary = v.InferOutput<typeof summarySchema>

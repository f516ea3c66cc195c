import * as v from 'valibot'
import { summaryHtml, summaryText } from '../../shared/render-summary.ts'
import type { SourceSummaryFacts } from '../../shared/source-summary.ts'

const text = v.nullable(v.string())
const texts = v.record(v.string(), v.string())

/** What a gateway says of a source; what an older one does not say is empty. */
export const summarySchema: v.GenericSchema<unknown, SourceSummaryFacts> = v.object({
  id: v.string(),
  name: v.string(),
  workspace: v.string(),
  kind: v.literal('stream_source'),
  description: text,
  owner: text,
  tags: texts,
  options: v.optional(texts, {}),
  createdAt: v.string(),
  lastModifiedAt: v.string(),
  version: v.number(),
  logOffline: v.boolean(),
  partitions: v.number(),
  featureViews: v.array(v.string()),
  views: v.optional(
    v.array(
      v.object({
        name: v.string(),
        status: v.picklist(['serving', 'backfilling', 'degraded', 'unknown']),
        behind: v.number(),
        backfill: v.optional(v.object({ folded: v.number(), wanted: v.number() })),
      }),
    ),
    [],
  ),
  asOf: v.optional(v.string(), ''),
  rows: v.number(),
  expired: v.number(),
  rejected: v.optional(v.number(), 0),
  tailRows: v.number(),
  parts: v.number(),
  bytes: v.number(),
  firstEventTime: text,
  lastEventTime: text,
  lastAcceptedTime: text,
  lastEventAgeSeconds: v.optional(v.nullable(v.number()), null),
  lastAcceptedAgeSeconds: v.optional(v.nullable(v.number()), null),
  stopped: v.array(v.string()),
})

/** What a source is and holds. It prints as a table: as text where it is logged or joined to text. */
export interface SourceSummary extends SourceSummaryFacts {
  toDict(): SourceSummaryFacts
  toJSON(): SourceSummaryFacts
  /** A bordered table of text; ends in a line feed. */
  toString(): string
  /** An HTML table, every text of it escaped. */
  toHtml(): string
}

/** Gives the facts of a summary their forms. */
export function sourceSummary(facts: SourceSummaryFacts): SourceSummary {
  const forms = {
    toDict: () => ({ ...facts }),
    toJSON: () => ({ ...facts }),
    toString: () => summaryText(facts),
    toHtml: () => summaryHtml(facts),
    // How Node and Deno print what is logged.
    [Symbol.for('nodejs.util.inspect.custom')]: () => summaryText(facts),
    [Symbol.for('Deno.customInspect')]: () => summaryText(facts),
  }
  const hidden = Object.fromEntries(
    Reflect.ownKeys(forms).map(name => [
      name,
      { value: Reflect.get(forms, name), enumerable: false },
    ]),
  )
  return Object.freeze(Object.defineProperties({ ...facts, ...forms }, hidden))
}

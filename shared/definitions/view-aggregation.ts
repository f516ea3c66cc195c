import type { AggregationWindow } from '../aggregates/aggregation-window.ts'
import { requireName, requireUnique } from '../fields/names.ts'
import type { PlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { type Duration, durationMs, durationText, readDuration } from './duration.ts'
import { keysFeatures } from './keys-features.ts'
import type { ViewColumns, ViewFeatures } from './view-features.ts'

/** Up to which moment windows reach: the reading's, or that of the entity's newest record. */
export const leadingEdges = ['wall_clock', 'latest_event_time'] as const
export type LeadingEdge = (typeof leadingEdges)[number]

/** How a view aggregates; nothing of it belongs to a view of attributes. */
export interface ViewAggregation {
  readonly aggregationInterval?: Duration
  readonly aggregationSecondaryKey?: string
  readonly aggregationLeadingEdge?: LeadingEdge
}

export const aggregationOptions = [
  'aggregationInterval',
  'aggregationSecondaryKey',
  'aggregationLeadingEdge',
] as const

/** Secondary keys are listed in order, and compared. */
const keyKinds = ['string', 'int64', 'int32']

/** Gives the interval option, before the features that are named by it. */
export function readInterval(where: string, options: PlainObject): Duration | undefined {
  return readDuration(where, 'aggregationInterval', options.aggregationInterval)
}

/** Gives how a view aggregates, checked against its features; throws a ValidationError where a rule is broken. */
export function readAggregation(
  where: string,
  options: PlainObject,
  features: ViewFeatures,
  columns: ViewColumns,
): ViewAggregation {
  if (features.some(({ kind }) => kind === 'attribute')) {
    const given = aggregationOptions.find(name => options[name] !== undefined)
    if (given === undefined) return {}
    throw new ValidationError(
      `${where}: ${given} belongs to Aggregates, and its features are Attributes.`,
    )
  }
  if (options.ttl !== undefined) {
    throw new ValidationError(
      `${where}: ttl belongs to Attributes; what Aggregates forget is what their windows have left behind.`,
    )
  }
  const interval = readInterval(where, options)
  const windows = features.flatMap(feature =>
    feature.kind === 'aggregate' ? [feature.timeWindow] : [],
  )
  if (interval !== undefined) requireMultiples(where, interval, windows)
  const key = readSecondaryKey(where, options.aggregationSecondaryKey, columns, windows)
  if (key !== undefined) requireKeysNames(where, key, features)
  const edge = readLeadingEdge(where, options.aggregationLeadingEdge)
  return {
    ...(interval === undefined ? {} : { aggregationInterval: interval }),
    ...(key === undefined ? {} : { aggregationSecondaryKey: key }),
    ...(edge === undefined ? {} : { aggregationLeadingEdge: edge }),
  }
}

function requireMultiples(
  where: string,
  interval: Duration,
  windows: readonly AggregationWindow[],
): void {
  const intervalMs = durationMs(interval)
  for (const { kind: _, ...spans } of windows) {
    for (const [name, ms] of Object.entries(spans)) {
      if (ms % intervalMs === 0) continue
      throw new ValidationError(
        `${where}: A window of ${durationText(Math.abs(ms))} (${name}) is no multiple of the aggregationInterval ${interval}; choose one that divides every size, offset and step.`,
      )
    }
  }
}

function readSecondaryKey(
  where: string,
  value: unknown,
  { fields, owner }: ViewColumns,
  windows: readonly AggregationWindow[],
): string | undefined {
  if (value === undefined) return undefined
  const column = fields.find(({ name }) => name === value)
  if (column === undefined || !keyKinds.includes(column.dtype.kind)) {
    throw new ValidationError(
      `${where}: aggregationSecondaryKey is a column of ${owner}, of type String, Int64 or Int32, but received ${describe(value)}.`,
    )
  }
  const unfit = windows.find(({ kind }) => kind !== 'time')
  if (unfit === undefined) return column.name
  throw new ValidationError(
    unfit.kind === 'lifetime'
      ? `${where}: With a secondary key a lifetime window keeps every value of "${column.name}" there ever was: state without bound. Give it a size.`
      : `${where}: A series has no secondary key; declare a view of its own.`,
  )
}

/** The lists of keys are served beside the features, and by names of the same rule. */
function requireKeysNames(where: string, secondaryKey: string, features: ViewFeatures): void {
  const lists = keysFeatures({ features, aggregationSecondaryKey: secondaryKey })
  for (const { name } of lists) requireName(`${where}, the list of keys "${name}"`, name)
  requireUnique(
    `${where}, features and lists of keys`,
    [...lists, ...features].map(({ name }) => name),
  )
}

function readLeadingEdge(where: string, value: unknown): LeadingEdge | undefined {
  if (value === undefined) return undefined
  const edge = leadingEdges.find(one => one === value)
  if (edge !== undefined) return edge
  throw new ValidationError(
    `${where}: aggregationLeadingEdge is ${leadingEdges.join(' or ')} but received ${describe(value)}.`,
  )
}

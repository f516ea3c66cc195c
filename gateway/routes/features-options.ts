import type { LeadingEdge } from '../../shared/definitions/view-aggregation.ts'
import { limits } from '../../shared/limits.ts'
import { flagMember, type Members, malformed, memberOf } from './request-members.ts'

/** What a reply says beside the values. */
export interface MetadataOptions {
  readonly names: boolean
  readonly dataTypes: boolean
  readonly effectiveTimes: boolean
  readonly sloInfo: boolean
  readonly servingStatus: boolean
  readonly descriptions: boolean
  readonly tags: boolean
  /** Ours: the offsets that the values are a fold of, and the moment of the reading. */
  readonly marks: boolean
}

/** How features are read. */
export interface RequestOptions {
  readonly latencyBudgetMs: number
  /** Whether copies that views allow may be served, and whether they are to be written. */
  readonly readFromCache: boolean
  readonly writeToCache: boolean
  /** Absent: as each view says. */
  readonly leadingEdge?: LeadingEdge
}

/** Reads `metadataOptions`; throws a Problem where one is no flag. */
export function readMetadataOptions(options: Members): MetadataOptions {
  const flag = (name: string) => flagMember(options, name, 'params.metadataOptions.')
  return {
    names: flag('includeNames'),
    dataTypes: flag('includeDataTypes'),
    effectiveTimes: flag('includeEffectiveTimes'),
    sloInfo: flag('includeSloInfo'),
    servingStatus: flag('includeServingStatus'),
    descriptions: flag('includeFeatureDescriptions'),
    tags: flag('includeFeatureTags'),
    marks: flag('includeMarks'),
  }
}

const where = 'params.requestOptions.'
const leadingEdges: { readonly [name: string]: LeadingEdge } = {
  AGGREGATION_MODE_WALL_CLOCK_TIME: 'wall_clock',
  AGGREGATION_MODE_LATEST_EVENT_TIME: 'latest_event_time',
}

/** Reads `requestOptions`, of which unknown ones are another server's; throws a Problem where one is of another type. */
export function readRequestOptions(options: Members): RequestOptions {
  const leadingEdge = readLeadingEdge(memberOf(options, 'aggregationLeadingEdge'))
  return {
    readFromCache: flagMember(options, 'readFromCache', where),
    writeToCache: flagMember(options, 'writeToCache', where),
    latencyBudgetMs: readBudget(memberOf(options, 'latencyBudgetMs')),
    ...(leadingEdge === undefined ? {} : { leadingEdge }),
  }
}

/** Tecton's int64: decimal text, or a number. */
function readBudget(value: unknown = limits.latencyBudgetMs): number {
  const isText = typeof value === 'string' && /^[1-9]\d{0,5}$/.test(value)
  const budget = isText ? Number(value) : value
  if (
    typeof budget === 'number' &&
    Number.isInteger(budget) &&
    budget >= 1 &&
    budget <= limits.maxLatencyBudgetMs
  ) {
    return budget
  }
  throw malformed(
    `"${where}latencyBudgetMs" is a whole number of milliseconds from 1 to ${limits.maxLatencyBudgetMs}.`,
  )
}

function readLeadingEdge(value: unknown): LeadingEdge | undefined {
  if (value === undefined) return undefined
  const edge =
    typeof value === 'string' && Object.hasOwn(leadingEdges, value)
      ? leadingEdges[value]
      : undefined
  if (edge !== undefined) return edge
  const names = Object.keys(leadingEdges).join(' or ')
  throw malformed(`"${where}aggregationLeadingEdge" is ${names}.`)
}

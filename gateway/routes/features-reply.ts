import type { MetadataOptions } from './features-options.ts'
import type { ReadRow, ReadRows } from './read-rows.ts'
import type { ServedView } from './requested-service.ts'
import { type ServedFeature, servedFeatures } from './served-features.ts'
import { servedType, servedValue } from './served-value.ts'
import type { ViewMark, ViewRow } from './view-row.ts'

interface Cell {
  readonly value: unknown
  readonly status: (typeof statuses)[keyof typeof statuses] | `CACHED_${'PRESENT' | 'MISSING_DATA'}`
  readonly effectiveTime?: string
  /** Of a copy at the edge: how old it is. */
  readonly ageSeconds?: number
}

/** A view with what it serves, whose types are decoded once for all rows. */
interface DescribedView {
  readonly name: string
  readonly features: readonly ServedFeature[]
}

const statuses = {
  present: 'PRESENT',
  missing: 'MISSING_DATA',
  unknown: 'UNKNOWN',
  failed: 'UNKNOWN',
  time_out: 'TIME_OUT',
} as const

/** How long it took to answer, in milliseconds. */
export interface Took {
  readonly serverMs: number
}

/** Writes the reply to one row; `result` holds only `features`: Tecton's clients refuse anything beside it. */
export function singleReply(
  views: readonly ServedView[],
  { rows, bytes }: ReadRows,
  metadata: MetadataOptions | undefined,
  took: Took,
) {
  const [row = { views: [] }] = rows
  const described = views.map(describeView)
  const cells = cellsOf(described, row)
  const result = { features: cells.map(({ value }) => value) }
  if (metadata === undefined) return { result }
  return {
    result,
    metadata: {
      features: describeFeatures(described, metadata).map((feature, at) => {
        const { status, effectiveTime, ageSeconds } = cells[at] ?? {}
        return {
          ...feature,
          ...(metadata.effectiveTimes && effectiveTime !== undefined ? { effectiveTime } : {}),
          ...(metadata.servingStatus ? { status } : {}),
          ...(ageSeconds === undefined ? {} : { ageSeconds }),
        }
      }),
      ...(metadata.sloInfo
        ? { sloInfo: { ...sloInfoOf([row], took), storeResponseSizeBytes: bytes } }
        : {}),
      ...(metadata.marks ? { marks: marksOf(views, row) } : {}),
    },
  }
}

/** Writes the reply to a batch: what differs by row is a list of one entry for each. */
export function batchReply(
  views: readonly ServedView[],
  { rows, bytes }: ReadRows,
  metadata: MetadataOptions | undefined,
  took: Took,
) {
  const described = views.map(describeView)
  const cells = rows.map(row => cellsOf(described, row))
  const result = cells.map(row => ({ features: row.map(({ value }) => value) }))
  if (metadata === undefined) return { result }
  return {
    result,
    metadata: {
      features: describeFeatures(described, metadata).map((feature, at) => {
        const column = cells.flatMap(row => row[at] ?? [])
        return {
          ...feature,
          ...(metadata.effectiveTimes ? effectiveTimesOf(column) : {}),
          ...(metadata.servingStatus ? { status: column.map(({ status }) => status) } : {}),
          ...(column.some(({ ageSeconds }) => ageSeconds !== undefined)
            ? { ageSeconds: column.map(({ ageSeconds }) => ageSeconds ?? null) }
            : {}),
        }
      }),
      ...(metadata.sloInfo
        ? {
            sloInfo: rows.map(row => sloInfoOf([row], took)),
            batchSloInfo: { ...sloInfoOf(rows, took), storeResponseSizeBytes: bytes },
          }
        : {}),
      ...(metadata.marks ? { marks: rows.map(row => marksOf(views, row)) } : {}),
    },
  }
}

function describeView({ view, compiled }: ServedView): DescribedView {
  return { name: view.name, features: servedFeatures(view, compiled) }
}

function cellsOf(views: readonly DescribedView[], row: ReadRow): readonly Cell[] {
  return views.flatMap(({ features }, at) => {
    const { reading, ageMs }: ViewRow = row.views[at] ?? { reading: { status: 'failed' } }
    return features.map(({ dtype }, place): Cell => {
      if (reading.status !== 'present') return cellOf(null, reading.status, ageMs)
      const { values, present, eventTime } = reading.state
      const value = servedValue(dtype, values[place] ?? null)
      return present?.[place] === false
        ? cellOf(value, 'missing', ageMs)
        : cellOf(value, 'present', ageMs, eventTime)
    })
  })
}

/** What is from a copy says how old that is, and no time of its own, as Tecton's. */
function cellOf(
  value: unknown,
  status: keyof typeof statuses,
  ageMs: number | undefined,
  effectiveTime?: string,
): Cell {
  if (ageMs === undefined || (status !== 'present' && status !== 'missing')) {
    const time = effectiveTime === undefined ? {} : { effectiveTime }
    return { value, status: statuses[status], ...time }
  }
  return { value, status: `CACHED_${statuses[status]}`, ageSeconds: ageMs / 1_000 }
}

/** What is the same of each feature in all rows. */
function describeFeatures(views: readonly DescribedView[], asked: MetadataOptions) {
  return views.flatMap(view =>
    view.features.map(({ name, dtype, description, tags }) => ({
      ...(asked.names ? { name: `${view.name}.${name}` } : {}),
      ...(asked.dataTypes ? { dataType: servedType(dtype) } : {}),
      ...(asked.descriptions && description !== undefined ? { description } : {}),
      ...(asked.tags ? { tags } : {}),
    })),
  )
}

/**
 * Tecton has one time for all rows, and the Java client takes no list: it is there where it is true of every row
 * that has one. Ours tells them apart.
 */
function effectiveTimesOf(column: readonly Cell[]) {
  const times = column.map(({ effectiveTime }) => effectiveTime ?? null)
  const [only, ...others] = new Set(times.filter(time => time !== null))
  return {
    ...(only === undefined || others.length > 0 ? {} : { effectiveTime: only }),
    effectiveTimes: times,
  }
}

/** The Java client knows few reasons, all of them of Tecton's stores, and fails at others. */
function sloInfoOf(rows: readonly ReadRow[], { serverMs }: Took) {
  const isEligible = rows.every(({ views }) =>
    views.every(({ reading: { status } }) => status !== 'time_out' && status !== 'failed'),
  )
  const longest = rows.flatMap(({ longestMs }) => longestMs ?? [])
  return {
    sloEligible: isEligible,
    sloIneligibilityReasons: isEligible ? [] : ['UNKNOWN'],
    sloServerTimeSeconds: serverMs / 1_000,
    serverTimeSeconds: serverMs / 1_000,
    ...(longest.length === 0 ? {} : { storeMaxLatency: Math.max(...longest) / 1_000 }),
  }
}

function marksOf(
  views: readonly ServedView[],
  row: ReadRow,
): { readonly [view: string]: ViewMark } {
  return Object.fromEntries(
    views.flatMap(({ view }, at) => {
      const mark = row.views[at]?.mark
      return mark === undefined ? [] : [[view.name, mark] as const]
    }),
  )
}

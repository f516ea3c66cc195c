import { sqlName } from '../../../shared/expressions/sql-pieces.ts'
import { dropped, featureTables, type TrainingScript } from './events-steps.ts'
import { momentColumn, rowColumn, type SqlStep, type TrainingView } from './training-view.ts'
import { viewWindows } from './view-windows.ts'

/** The moments that features are wanted of: `[startUs, endUs)`, in microseconds since the epoch. */
export interface MomentRange {
  readonly startUs: bigint
  readonly endUs: bigint
  /** A relation with the join keys of the entities that are wanted; all if absent. */
  readonly entities?: string
}

/**
 * Writes for DuckDB what the features of each entity were at every moment of a range: a row for each stretch in which
 * none of them changes, from `_valid_from` up to but without `_valid_to`. Entities are those with a record before the
 * end. The views have the same join keys. Cost: that of an event for each moment at which a window gains or loses a
 * record.
 */
export function rangeScript(views: readonly TrainingView[], range: MomentRange): TrainingScript {
  const [first] = views
  if (first === undefined) throw new TypeError('There is no view.')
  const keys = first.joinKeys.map(sqlName)
  const events = 'tg_moments'
  const { steps, columns, from, tables } = featureTables(views, events)
  const values = columns.map(({ sql }, at) => `f${at} := ${sql}`)
  const changed = `SELECT events.*, struct_pack(${values.join(', ')}) AS tg_values FROM ${from}`
  const order = `PARTITION BY ${keys.join(', ')} ORDER BY ${momentColumn}`
  const answer = `SELECT ${[
    ...keys,
    `make_timestamptz(${momentColumn}) AS _valid_from`,
    `make_timestamptz(lead(${momentColumn}, 1, ${range.endUs}) OVER (${order})) AS _valid_to`,
    ...columns.map(({ name }, at) => `tg_values.f${at} AS ${name}`),
  ].join(',\n  ')}
FROM (
  SELECT * FROM (${changed})
  QUALIFY row_number() OVER (${order}) = 1 OR tg_values IS DISTINCT FROM lag(tg_values) OVER (${order})
)
ORDER BY ${[...keys, momentColumn].join(', ')}`
  return {
    steps: [momentsStep(views, keys, events, range), ...steps],
    answer,
    after: [...tables, events].map(dropped),
  }
}

function momentsStep(
  views: readonly TrainingView[],
  keys: readonly string[],
  events: string,
  { startUs, endUs, entities }: MomentRange,
): SqlStep {
  const list = keys.join(', ')
  const moments = views.map(view => {
    const time = `epoch_us(r.${sqlName(view.timestampField)})`
    const wanted = entities === undefined ? '' : ` SEMI JOIN ${entities} USING (${list})`
    return `SELECT ${list}, unnest([${[startUs, ...changesOf(view)].join(', ')}]) AS tg_at FROM (
    SELECT ${keys.map(key => `r.${key}`).join(', ')}, least(${time}, epoch_us(r._ingest_ts)) AS tg_eff
    FROM ${view.rows} AS r${wanted} WHERE r.${sqlName(view.timestampField)} IS NOT NULL
  ) WHERE tg_eff < ${endUs}`
  })
  return {
    what: 'moments',
    sql: `CREATE TEMP TABLE ${events} AS
SELECT *, row_number() OVER () AS ${rowColumn} FROM (
  SELECT DISTINCT ${list}, greatest(tg_at, ${startUs}) AS ${momentColumn} FROM (
  ${moments.join('\n  UNION ALL ')}
  ) WHERE tg_at < ${endUs}
)`,
  }
}

/** The moments at which a record's effective time comes into a stretch of time, and leaves it. */
function changesOf(view: TrainingView): readonly string[] {
  const { attributes, ttlMs, intervalMs, leadingEdge } = view
  if (attributes.length > 0) {
    return ['tg_eff', ...(ttlMs === undefined ? [] : [`tg_eff + ${micros(ttlMs)} + 1`])]
  }
  if (leadingEdge === 'latest_event_time') return ['tg_eff']
  const after = viewWindows(view).spans.flatMap(({ sizeMs, offsetMs }) =>
    sizeMs === undefined ? [0] : [-offsetMs, sizeMs - offsetMs],
  )
  const seen = [...new Set(after)].map(ms => `tg_eff + ${micros(ms)}`)
  if (intervalMs === undefined) return seen
  const step = micros(intervalMs)
  // Whole intervals that hold the record are read from the end of the one that it is in.
  const next = (time: string) => `${time} - ((${time}) % ${step} + ${step}) % ${step} + ${step}`
  return seen.map(next)
}

function micros(ms: number): string {
  return `${BigInt(ms) * 1_000n}`
}

/** Counts the start of a range where it lies before a moment. */
export function countStartBefore({ startUs }: MomentRange, us: bigint): string {
  return `SELECT (${startUs} < ${us})::INTEGER AS count`
}

import { sqlName } from '../../../shared/expressions/sql-pieces.ts'
import { momentColumn, rowColumn, type SqlStep, type TrainingView } from './training-view.ts'
import type { ViewPlan } from './view-plan.ts'

/** Before all effective times, and far enough from the least BIGINT to count from. */
const longAgo = '-4000000000000000000'

/**
 * The statements that say who reads what: each event's entity by number, the log of those entities alone, and for each
 * stretch of time that an event reads its bounds (lo, hi]. Cost: a scan of the rows for views with a secondary key or
 * the newest event's edge; else none.
 */
export function readingSteps(plan: ViewPlan, events: string): readonly SqlStep[] {
  const { view, prefix } = plan
  const { secondaryKey, name } = view
  const keys = view.joinKeys.map((key, at) => `${sqlName(key)} AS k${at}`).join(', ')
  const pairs = `${prefix}_groups`
  return [
    {
      what: `${name}: entities`,
      sql: `CREATE TEMP TABLE ${prefix}_entities AS
SELECT *, (row_number() OVER ())::INTEGER AS e FROM (SELECT DISTINCT ${keys} FROM ${events})`,
    },
    ...(secondaryKey === undefined
      ? []
      : [
          {
            what: `${name}: secondary keys`,
            sql: pairsSql(plan, pairs, secondaryKey.column),
          },
        ]),
    { what: `${name}: log`, sql: logSql(plan, pairs) },
    {
      what: `${name}: moments`,
      sql: `CREATE TEMP TABLE ${prefix}_moments AS ${momentsSql(plan, events)}`,
    },
    {
      what: `${name}: windows`,
      sql: `CREATE TEMP TABLE ${prefix}_readings AS ${readingsSql(plan, pairs)}`,
    },
    {
      what: `${name}: bounds`,
      sql: `CREATE TEMP TABLE ${prefix}_bounds AS
SELECT DISTINCT g, b FROM (
  SELECT g, hi AS b FROM ${prefix}_readings
  UNION ALL SELECT g, lo FROM ${prefix}_readings WHERE lo > ${longAgo}
)`,
    },
  ]
}

/** Each entity's secondary keys by number, with the effective times between which they were met. */
function pairsSql(plan: ViewPlan, pairs: string, secondary: string): string {
  const { view } = plan
  const key = `r.${sqlName(secondary)}`
  const time = `r.${sqlName(view.timestampField)}`
  return `CREATE TEMP TABLE ${pairs} AS
SELECT *, (row_number() OVER ())::INTEGER AS g FROM (
  SELECT k.e, ${key} AS s, min(${effectiveTime(view)}) AS first, max(${effectiveTime(view)}) AS last
  FROM ${view.rows} AS r ${joined(plan)}
  WHERE ${key} IS NOT NULL AND ${time} IS NOT NULL
  GROUP BY k.e, ${key}
)`
}

/** When a record counts from: when it happened, or when it came where that was before. */
function effectiveTime({ timestampField }: TrainingView): string {
  return `least(epoch_us(r.${sqlName(timestampField)}), epoch_us(r._ingest_ts))`
}

/** A view of the rows as the functions see them: group, effective time, order, and values by number. */
function logSql(plan: ViewPlan, pairs: string): string {
  const { view, prefix, columns } = plan
  const time = `epoch_us(r.${sqlName(view.timestampField)})`
  const values = columns.map((column, at) => `r.${sqlName(column)} AS c${at}`)
  const { secondaryKey } = view
  const second =
    secondaryKey === undefined
      ? ''
      : `\nJOIN ${pairs} AS n ON n.e = k.e AND n.s = r.${sqlName(secondaryKey.column)}`
  // Where a time were null the other one would be the least.
  return `CREATE TEMP VIEW ${prefix}_log AS
SELECT k.e, ${secondaryKey === undefined ? 'k.e' : 'n.g'} AS g,
  ${effectiveTime(view)} AS eff,
  ${time} AS t, epoch_us(r._ingest_ts) AS i, r._partition AS p, r._offset AS o${values.map(value => `,\n  ${value}`).join('')}
FROM ${view.rows} AS r ${joined(plan)}${second}
WHERE r.${sqlName(view.timestampField)} IS NOT NULL`
}

function momentsSql(plan: ViewPlan, events: string): string {
  const { view } = plan
  const asked = `SELECT r.${rowColumn}, k.e, r.${momentColumn} AS m FROM ${events} AS r ${joined(plan)}`
  if (view.leadingEdge === 'wall_clock') return asked
  return `
SELECT a.${rowColumn}, a.e, coalesce(l.eff, a.m) AS m
FROM (${asked}) AS a ASOF LEFT JOIN (
  SELECT k.e, ${effectiveTime(view)} AS eff
  FROM ${view.rows} AS r ${joined(plan)}
  WHERE r.${sqlName(view.timestampField)} IS NOT NULL
) AS l ON a.e = l.e AND a.m >= l.eff`
}

/** Joins the numbered entities, whose keys have numbers instead of names that could be anything. */
function joined({ view, prefix }: ViewPlan): string {
  const same = view.joinKeys.map((key, at) => `k.k${at} = r.${sqlName(key)}`)
  return `JOIN ${prefix}_entities AS k ON ${same.join(' AND ')}`
}

function readingsSql({ view, prefix, windows }: ViewPlan, pairs: string): string {
  const spans = windows.spans.map(
    ({ sizeMs, offsetMs }, at) =>
      `(${at + 1}, ${sizeMs === undefined ? 'NULL' : micros(sizeMs)}, ${micros(offsetMs)})`,
  )
  const { intervalMs, secondaryKey } = view
  const step = intervalMs === undefined ? '' : micros(intervalMs)
  // Of whole intervals the last moment before the newest one begins.
  const end = step === '' ? 'm' : `m - ((m % ${step}) + ${step}) % ${step} - 1`
  const bounds = `
SELECT ${rowColumn}, w, e, coalesce(hi - size, ${longAgo}) AS lo, hi
FROM (
  SELECT ${rowColumn}, w, e, size::BIGINT AS size, ${end} + away::BIGINT AS hi
  FROM ${prefix}_moments CROSS JOIN (VALUES ${spans.join(', ')}) AS spans(w, size, away)
)`
  if (secondaryKey === undefined) return `SELECT * RENAME (e AS g) FROM (${bounds})`
  // Keys that were not met by then, or not since, need no windows.
  return `SELECT ${rowColumn}, w, g, lo, hi FROM (${bounds}) JOIN ${pairs} USING (e) WHERE first <= hi AND last > lo`
}

function micros(ms: number): string {
  return `${BigInt(ms) * 1_000n}`
}

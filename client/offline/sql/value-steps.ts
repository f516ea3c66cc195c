import { ordered } from './segment-columns.ts'
import { rowColumn, type SqlStep } from './training-view.ts'
import type { Computed, ViewPlan } from './view-plan.ts'

/** The frame of a reading among what lies at positions of time: (lo, hi]. Of anything else it is itself. */
const frame =
  'WINDOW f AS (PARTITION BY g ORDER BY pos RANGE BETWEEN span PRECEDING AND CURRENT ROW)'

/**
 * The statements that compute a view's values for each reading. Bounds of readings cut each entity's time into
 * segments; records of a segment are folded first, and windows, which are runs of segments, are made of those. So it
 * costs a sort of the log and little for each event; percentiles alone look at all records of the entities again.
 */
export function valueSteps(plan: ViewPlan): readonly SqlStep[] {
  const { view, prefix, computed } = plan
  return [
    ...(needsSegments(plan) ? [{ what: `${view.name}: segments`, sql: segmentsSql(plan) }] : []),
    { what: `${view.name}: windows of segments`, sql: mergedSql(plan) },
    ...computed
      .filter(({ segments }) => segments === undefined)
      .map(one => ({
        what: `${view.name}: ${one.fn.name}`,
        sql: `CREATE TEMP TABLE ${prefix}_${one.name} AS ${ownSql(plan, one)}`,
      })),
  ]
}

/** Whether anything is folded by segments; where only others are asked for, the log need not be sorted for them. */
export function needsSegments(plan: ViewPlan): boolean {
  return plan.view.secondaryKey !== undefined || partsOf(plan, 'parts').size > 0
}

/** Records, each at the end of its segment: the first bound at or after its effective time. */
function placed(prefix: string): string {
  return `(SELECT * FROM ${prefix}_log
  WHERE eff > (SELECT min(lo) FROM ${prefix}_readings) AND eff <= (SELECT max(hi) FROM ${prefix}_readings)
) AS l ASOF JOIN ${prefix}_bounds AS s ON l.g = s.g AND l.eff <= s.b`
}

function segmentsSql(plan: ViewPlan): string {
  const { prefix } = plan
  const parts = [...partsOf(plan, 'parts')].map(([name, sql]) => `,\n  ${sql} AS ${name}`)
  return `CREATE TEMP TABLE ${prefix}_segments AS
SELECT s.g, s.b, count(*) AS met${parts.join('')}
FROM ${placed(prefix)}
GROUP BY s.g, s.b`
}

function mergedSql(plan: ViewPlan): string {
  const { prefix, computed, view } = plan
  if (!needsSegments(plan)) {
    return `CREATE TEMP TABLE ${prefix}_merged AS SELECT ${rowColumn}, w, g, hi FROM ${prefix}_readings`
  }
  const merged = [...partsOf(plan, 'merged')].map(([name, sql]) => `, ${sql} AS ${name}`)
  const values = [
    ...computed.flatMap(({ name, segments }) => (segments ? [`${segments.value} AS ${name}`] : [])),
    ...view.attributes.map((_, at) => `${stillServed(plan, `newest.v.a${at}`)} AS a${at}`),
  ]
  return `CREATE TEMP TABLE ${prefix}_merged AS
SELECT ${rowColumn}, w, g, pos AS hi, met${values.map(value => `,\n  ${value}`).join('')}
FROM (
  SELECT ${rowColumn}, w, g, pos, sum(met) OVER f AS met${merged.join('')}
  FROM (
    SELECT * EXCLUDE (b), b AS pos, 0::BIGINT AS span FROM ${prefix}_segments
    UNION ALL BY NAME ${readings(prefix)}
  )
  ${frame}
)
WHERE ${rowColumn} IS NOT NULL${view.secondaryKey === undefined ? '' : ' AND met > 0'}`
}

function readings(prefix: string, numbers?: readonly number[]): string {
  const wanted = numbers === undefined ? '' : ` WHERE w IN (${numbers.join(', ')})`
  return `SELECT g, hi AS pos, hi - lo - 1 AS span, ${rowColumn}, w FROM ${prefix}_readings${wanted}`
}

function stillServed({ view }: ViewPlan, value: string): string {
  if (view.ttlMs === undefined) return value
  return `CASE WHEN newest.v.eff >= pos - ${BigInt(view.ttlMs) * 1_000n} THEN ${value} END`
}

/** What is folded, by name: functions of the same column share what they count. */
function partsOf(
  { computed, view, columns }: ViewPlan,
  of: 'parts' | 'merged',
): ReadonlyMap<string, string> {
  const all = new Map(computed.flatMap(({ segments }) => [...(segments?.[of] ?? [])]))
  if (view.attributes.length > 0) {
    const values = view.attributes.map(
      ({ column }, at) => `, a${at} := c${columns.indexOf(column)}`,
    )
    const record = ordered(`struct_pack(eff := eff${values.join('')})`)
    all.set('newest', of === 'parts' ? `max(${record})` : 'max(newest) OVER f')
  }
  return all
}

/** Functions whose segments do not make a window by themselves. */
function ownSql({ prefix }: ViewPlan, { name, fn, column, numbers }: Computed): string {
  const c = `c${column}`
  const asked = readings(prefix, numbers)
  const over = (value: string, rows: string) => `
SELECT ${rowColumn}, w, g, ${name} FROM (
  SELECT ${rowColumn}, w, g, ${value} AS ${name} FROM (${rows} UNION ALL BY NAME ${asked})
  ${frame}
) WHERE ${rowColumn} IS NOT NULL`
  switch (fn.name) {
    case 'approx_percentile':
      return over(
        `quantile_cont(x, ${fn.percentile}::DOUBLE) OVER f`,
        `SELECT g, eff AS pos, 0::BIGINT AS span, ${c}::DOUBLE AS x FROM ${prefix}_log
  WHERE ${c} IS NOT NULL AND eff > (SELECT min(lo) FROM ${prefix}_readings)`,
      )
    case 'approx_count_distinct':
      return over(
        'count(DISTINCT x) OVER f',
        `SELECT DISTINCT s.g, s.b AS pos, 0::BIGINT AS span, ${c} AS x FROM ${placed(prefix)} WHERE ${c} IS NOT NULL`,
      )
    case 'last_n':
    case 'first_n': {
      const most = `${extremeOf(fn.name)}(x, ${fn.n})`
      return over(
        valuesOf(`${most} OVER f`),
        `SELECT g, pos, 0::BIGINT AS span, unnest(kept) AS x FROM (
    SELECT s.g, s.b AS pos, ${extremeOf(fn.name)}(${ordered(c)}, ${fn.n}) AS kept
    FROM ${placed(prefix)} WHERE ${c} IS NOT NULL GROUP BY s.g, s.b
  )`,
      )
    }
    case 'last_distinct':
    case 'first_distinct': {
      const extreme = extremeOf(fn.name)
      // Of a segment's values no more can be among the window's n than its own n.
      return `
WITH kept AS MATERIALIZED (
  SELECT g, b, unnest(${extreme}(x, ${fn.n})) AS x FROM (
    SELECT s.g, s.b, ${extreme}(${ordered(c)}) AS x FROM ${placed(prefix)}
    WHERE ${c} IS NOT NULL GROUP BY s.g, s.b, ${c}
  ) GROUP BY g, b
)
SELECT ${rowColumn}, w, g, ${valuesOf(`${extreme}(x, ${fn.n})`)} AS ${name} FROM (
  SELECT r.${rowColumn}, r.w, r.g, ${extreme}(k.x) AS x
  FROM ${prefix}_readings AS r JOIN kept AS k ON k.g = r.g AND k.b > r.lo AND k.b <= r.hi
  WHERE r.w IN (${numbers.join(', ')})
  GROUP BY r.${rowColumn}, r.w, r.g, k.x.v
) GROUP BY ${rowColumn}, w, g`
    }
    default:
      throw new TypeError(`${fn.name} has no statement of its own.`)
  }
}

function extremeOf(name: string): 'max' | 'min' {
  return name.startsWith('last') ? 'max' : 'min'
}

/** The values of records in ascending order. */
function valuesOf(records: string): string {
  return `list_transform(list_sort(${records}), lambda r: r.v)`
}

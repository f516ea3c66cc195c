import { sqlName } from '../../../shared/expressions/sql-pieces.ts'
import { readingSteps } from './reading-steps.ts'
import { momentColumn, rowColumn, type SqlStep, type TrainingView } from './training-view.ts'
import { valueSteps } from './value-steps.ts'
import { type Feature, type ViewPlan, viewPlan } from './view-plan.ts'

/** Statements to run in order, and the query that gives the answer after them. */
export interface EventsScript {
  readonly steps: readonly SqlStep[]
  /** The events' own columns, and each view's features as `view__feature`; in the events' order. */
  readonly answer: string
}

/**
 * Writes for DuckDB what every event would have been served at its moment. `events` is a relation that has the join
 * keys, and by {@link rowColumn} and {@link momentColumn} each row's number and its moment in microseconds.
 */
export function eventsScript(views: readonly TrainingView[], events: string): EventsScript {
  const plans = views.map((view, at) => viewPlan(view, `tg_v${at}`))
  const features = plans.flatMap(({ view, prefix, features }) =>
    [...(view.secondaryKey?.keys ?? []), ...features].map(
      ({ name }) => `${prefix}.${sqlName(name)} AS ${sqlName(`${view.name}__${name}`)}`,
    ),
  )
  const joins = plans.map(
    ({ prefix }) => `\nLEFT JOIN ${prefix}_features AS ${prefix} USING (${rowColumn})`,
  )
  return {
    steps: plans.flatMap(plan => [
      ...readingSteps(plan, events),
      ...valueSteps(plan),
      { what: `${plan.view.name}: features`, sql: featuresSql(plan, events) },
      ...cleanUp(plan),
    ]),
    answer: `SELECT ${[`events.* EXCLUDE (${rowColumn}, ${momentColumn})`, ...features].join(',\n  ')}
FROM ${events} AS events${joins.join('')}
ORDER BY ${rowColumn}`,
  }
}

/** One row for each event of all that was computed for its readings. */
function featuresSql(plan: ViewPlan, events: string): string {
  const { view, prefix, windows, features, computed } = plan
  const numbers = (feature: Pick<Feature, 'window'>) => windows.numbersOf(feature.window).join(', ')
  const keys =
    view.secondaryKey?.keys.map(
      key =>
        `coalesce(list(s ORDER BY s) FILTER (met > 0 AND w = ${numbers(key)}), []) AS ${sqlName(key.name)}`,
    ) ?? []
  const values = features.map(feature => {
    const { window, of, empty, name } = feature
    const value = empty === undefined ? of : `coalesce(${of}, ${empty})`
    const wanted = `w IN (${numbers(feature)})`
    if (view.secondaryKey !== undefined) {
      return `coalesce(list(${value} ORDER BY s) FILTER (met > 0 AND ${wanted}), []) AS ${sqlName(name)}`
    }
    const one = window.kind === 'series' ? `list(${value} ORDER BY hi)` : `any_value(${value})`
    return `${one} FILTER (${wanted}) AS ${sqlName(name)}`
  })
  const own = computed
    .filter(({ segments }) => segments === undefined)
    .map(({ name }) => `\n  LEFT JOIN ${prefix}_${name} USING (${rowColumn}, w, g)`)
  const second = view.secondaryKey === undefined ? '' : `\n  LEFT JOIN ${prefix}_groups USING (g)`
  return `CREATE TEMP TABLE ${prefix}_features AS
SELECT ${[rowColumn, ...keys, ...values].join(',\n  ')}
FROM (SELECT ${rowColumn} FROM ${events})
  LEFT JOIN ${prefix}_merged USING (${rowColumn})${own.join('')}${second}
GROUP BY ${rowColumn}`
}

function cleanUp({ view, prefix, computed }: ViewPlan): readonly SqlStep[] {
  const tables = [
    ...['entities', 'moments', 'readings', 'bounds', 'segments', 'merged'],
    ...(view.secondaryKey === undefined ? [] : ['groups']),
    ...computed.filter(({ segments }) => segments === undefined).map(({ name }) => name),
  ]
  return [
    { what: `${view.name}: done`, sql: `DROP VIEW ${prefix}_log` },
    ...tables.map(table => ({
      what: `${view.name}: done`,
      sql: `DROP TABLE ${prefix}_${table}`,
    })),
  ]
}

import { sqlName } from '../../../shared/expressions/sql-pieces.ts'
import { readingSteps } from './reading-steps.ts'
import { momentColumn, rowColumn, type SqlStep, type TrainingView } from './training-view.ts'
import { needsSegments, valueSteps } from './value-steps.ts'
import { type Feature, type ViewPlan, viewPlan } from './view-plan.ts'

/** Statements to run in order, and what they leave behind. */
export interface FeatureTables {
  readonly steps: readonly SqlStep[]
  /** Each feature as a column by its name in the answer, `view__feature`. */
  readonly columns: readonly { readonly sql: string; readonly name: string }[]
  /** The events as `events`, with all of it. */
  readonly from: string
  /** What is left behind, to be dropped. */
  readonly tables: readonly string[]
}

/** Statements to run in order, and the query that gives the answer after them. */
export interface TrainingScript {
  readonly steps: readonly SqlStep[]
  readonly answer: string
  readonly after: readonly SqlStep[]
}

/**
 * Writes for DuckDB what every event would have been served at its moment: the events' own columns and the features, in
 * the events' order. `events` is a relation that has the join keys, and by {@link rowColumn} and {@link momentColumn}
 * each row's number and its moment in microseconds.
 */
export function eventsScript(views: readonly TrainingView[], events: string): TrainingScript {
  const { steps, columns, from, tables } = featureTables(views, events)
  const features = columns.map(({ sql, name }) => `${sql} AS ${name}`)
  return {
    steps,
    answer: `SELECT ${[`events.* EXCLUDE (${rowColumn}, ${momentColumn})`, ...features].join(',\n  ')}
FROM ${from}
ORDER BY ${rowColumn}`,
    after: tables.map(dropped),
  }
}

/** Writes the statements that compute a table of features for each view. */
export function featureTables(views: readonly TrainingView[], events: string): FeatureTables {
  const plans = views.map((view, at) => viewPlan(view, `tg_v${at}`))
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
    columns: plans.flatMap(({ view, prefix, features }) =>
      [...(view.secondaryKey?.keys ?? []), ...features].map(({ name }) => ({
        sql: `${prefix}.${sqlName(name)}`,
        name: sqlName(`${view.name}__${name}`),
      })),
    ),
    from: `${events} AS events${joins.join('')}`,
    tables: plans.map(({ prefix }) => `${prefix}_features`),
  }
}

/** Drops a table that only this script knows. */
export function dropped(table: string): SqlStep {
  return { what: 'clean up', sql: `DROP TABLE ${table}` }
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

function cleanUp(plan: ViewPlan): readonly SqlStep[] {
  const { view, prefix, computed } = plan
  const tables = [
    ...['entities', 'moments', 'readings', 'bounds', 'merged'],
    ...(needsSegments(plan) ? ['segments'] : []),
    ...(view.secondaryKey === undefined ? [] : ['groups']),
    ...computed.filter(({ segments }) => segments === undefined).map(({ name }) => name),
  ]
  return [
    { what: 'clean up', sql: `DROP VIEW ${prefix}_log` },
    ...tables.map(table => dropped(`${prefix}_${table}`)),
  ]
}

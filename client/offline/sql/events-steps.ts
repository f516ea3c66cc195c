import type { AggregationWindow } from '../../../shared/aggregates/aggregation-window.ts'
import { sqlName } from '../../../shared/expressions/sql-pieces.ts'
import { readingSteps } from './reading-steps.ts'
import {
  momentColumn,
  rowColumn,
  type SqlStep,
  type TrainingKeys,
  type TrainingView,
} from './training-view.ts'
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
  const { view, prefix, windows, features } = plan
  if (view.secondaryKey !== undefined) return alignedSql(plan, events, view.secondaryKey.keys)
  const values = features.map(({ window, of, empty, name }) => {
    const value = valueOrEmpty(of, empty)
    const one = window.kind === 'series' ? `list(${value} ORDER BY hi)` : `any_value(${value})`
    return `${one} FILTER (w IN (${windows.numbersOf(window).join(', ')})) AS ${sqlName(name)}`
  })
  return `CREATE TEMP TABLE ${prefix}_features AS
SELECT ${[rowColumn, ...values].join(',\n  ')}
FROM ${computedFrom(plan, events)}
GROUP BY ${rowColumn}`
}

/**
 * The same with a secondary key: for each window one list of its keys with all that was computed of each, of which the
 * features are made; lists that are ordered one by one would take several times the memory.
 */
function alignedSql(plan: ViewPlan, events: string, keys: readonly TrainingKeys[]): string {
  const { prefix, windows, features } = plan
  const listOf = (window: AggregationWindow) => `l${windows.numbersOf(window).join('_')}`
  const lists = new Map(
    [...keys, ...features].map(({ window }) => {
      const own = features.filter(feature => listOf(feature.window) === listOf(window))
      const members = [...new Set(own.map(({ of }) => of))].map(of => `, ${of} := ${of}`)
      const met = `w IN (${windows.numbersOf(window).join(', ')}) AND met > 0`
      const list = `list(struct_pack(s := s${members.join('')})) FILTER (${met})`
      return [listOf(window), `list_sort(coalesce(${list}, [])) AS ${listOf(window)}`]
    }),
  )
  const columns = [
    ...keys.map(
      ({ name, window }) => `list_transform(${listOf(window)}, lambda r: r.s) AS ${sqlName(name)}`,
    ),
    ...features.map(({ name, window, of, empty }) => {
      const value = valueOrEmpty(`r.${of}`, empty)
      return `list_transform(${listOf(window)}, lambda r: ${value}) AS ${sqlName(name)}`
    }),
  ]
  return `CREATE TEMP TABLE ${prefix}_features AS
SELECT ${[rowColumn, ...columns].join(',\n  ')}
FROM (
  SELECT ${[rowColumn, ...lists.values()].join(',\n    ')}
  FROM ${computedFrom(plan, events)} LEFT JOIN ${prefix}_groups USING (g)
  GROUP BY ${rowColumn}
)`
}

function valueOrEmpty(value: string, empty: Feature['empty']): string {
  return empty === undefined ? value : `coalesce(${value}, ${empty})`
}

/** All readings of each event, with what was computed for them. */
function computedFrom({ prefix, computed }: ViewPlan, events: string): string {
  const own = computed
    .filter(({ segments }) => segments === undefined)
    .map(({ name }) => `\n  LEFT JOIN ${prefix}_${name} USING (${rowColumn}, w, g)`)
  return `(SELECT ${rowColumn} FROM ${events})
  LEFT JOIN ${prefix}_merged USING (${rowColumn})${own.join('')}`
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

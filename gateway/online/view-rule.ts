import { foldLatest, type Latest, type RecordOrder } from '../../shared/aggregates/latest.ts'
import { readTransformation } from '../../shared/expressions/transformation.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import type { StoredRecord } from '../canonical-records.ts'
import { canonicalOf } from '../canonical-value.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'
import { effectiveUsOf } from './aggregated-record.ts'
import { type AggregationPlan, aggregationPlan } from './aggregation-plan.ts'
import { isLatest } from './entity-state.ts'
import { aggregateChanges, type ItemChange } from './fold-aggregates.ts'
import { noKey } from './tile-rows.ts'

/** How a view folds rows of its source: made once for a definition. */
export interface ViewRule {
  /** The columns of rows that it reads; absent: all. */
  readonly inputs: ReadonlySet<string>
  /** How its aggregates are kept; absent: it serves newest values. */
  readonly plan?: AggregationPlan
  /** The items of an entity that a row changes; none where it does not count. */
  changes(
    row: StoredRecord,
    entityKey: string,
    at: Omit<RecordOrder, 'eventTime'>,
  ): readonly ItemChange[]
}

/** Folds the newest record of an entity. */
export type FoldLatest = (state: Latest | undefined, next: Latest) => Latest

type RuledView = Pick<
  ResolvedView,
  'name' | 'joinKeys' | 'timestampField' | 'features' | 'aggregation' | 'transformation'
>

/** Makes the rule of a view over rows of these fields. */
export function viewRule(
  view: RuledView,
  rows: readonly AnyField[],
  fold: FoldLatest = foldLatest,
): ViewRule {
  const { joinKeys, timestampField, features, aggregation } = view
  const plan = aggregation === undefined ? undefined : aggregationPlan(aggregation)
  const folded =
    plan === undefined
      ? [timestampField, ...features]
      : [
          timestampField,
          ...plan.columns,
          ...(plan.secondaryKey === undefined ? [] : [plan.secondaryKey.name]),
        ]
  const transform = transformer(view, rows, folded)
  const changes: ViewRule['changes'] = (row, entityKey, { ingestUs, partition, offset }) => {
    const made = transform === undefined ? row : transform.make(row)
    const eventTime = made?.[timestampField]
    if (made === undefined || typeof eventTime !== 'string') return []
    const order = { eventTime, ingestUs, partition, offset }
    if (plan === undefined) {
      const next = { ...order, values: features.map(name => made[name] ?? null) }
      return [{ itemKey: entityKey, change: before => fold(latestOf(before), next) }]
    }
    const { columns, counted, secondaryKey } = plan
    return aggregateChanges(plan, entityKey, {
      order,
      effectiveUs: effectiveUsOf(order),
      key: secondaryKey === undefined ? noKey : canonicalOf(made[secondaryKey.name]),
      values: columns.map(name => {
        const value = made[name] ?? null
        return counted.has(name) && value !== null ? true : canonicalOf(value)
      }),
    })
  }
  return {
    inputs: new Set([...joinKeys, ...(transform?.inputs ?? folded), timestampField]),
    ...(plan === undefined ? {} : { plan }),
    changes,
  }
}

interface Transformer {
  readonly inputs: ReadonlySet<string>
  /** A record of the columns that are folded; nothing where the filter leaves the row out. */
  make(row: StoredRecord): StoredRecord | undefined
}

function transformer(
  { name, transformation }: RuledView,
  rows: readonly AnyField[],
  folded: readonly string[],
): Transformer | undefined {
  if (transformation === undefined) return undefined
  const { inputs, translate } = readTransformation(transformation)
    ['~compile'](rows, `StreamFeatureView "${name}"`)
    .select(folded)
  return {
    inputs,
    make(row) {
      const { record, refusal } = translate(row)
      if (refusal !== undefined)
        throw new TypeError(`A row cannot be transformed: ${refusal.reason}`)
      return record
    },
  }
}

function latestOf(state: Parameters<ItemChange['change']>[0]): Latest | undefined {
  if (state === undefined || isLatest(state)) return state
  throw new TypeError('A stored state is no newest record.')
}

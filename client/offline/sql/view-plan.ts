import type { AggregateFunction } from '../../../shared/aggregates/aggregate-function.ts'
import type { AggregationWindow } from '../../../shared/aggregates/aggregation-window.ts'
import { type SegmentColumns, segmentColumns } from './segment-columns.ts'
import type { TrainingAggregate, TrainingView } from './training-view.ts'
import { type ViewWindows, viewWindows, wholePast } from './view-windows.ts'

/** A function of a column, over however many windows: computed once. */
export interface Computed {
  /** Its column in between. */
  readonly name: string
  readonly fn: AggregateFunction
  /** The number of the input column. */
  readonly column: number
  readonly segments: SegmentColumns | undefined
  /** The stretches over which it is wanted. */
  readonly numbers: readonly number[]
}

/** A column of the answer. */
export interface Feature {
  readonly name: string
  readonly window: AggregationWindow
  /** The column in between that it is of. */
  readonly of: string
  /** What it is where nothing was met, if not null. */
  readonly empty?: '0' | '[]'
}

/** How a view is computed, for its statements. */
export interface ViewPlan {
  readonly view: TrainingView
  /** What the names of its tables begin with. */
  readonly prefix: string
  readonly windows: ViewWindows
  /** The input columns by their numbers. */
  readonly columns: readonly string[]
  readonly computed: readonly Computed[]
  readonly features: readonly Feature[]
}

/** Plans a view's statements; tables between are called by the prefix. */
export function viewPlan(view: TrainingView, prefix: string): ViewPlan {
  const windows = viewWindows(view)
  const columns = [...new Set([...view.aggregates, ...view.attributes].map(({ column }) => column))]
  const groups = new Map<string, TrainingAggregate[]>()
  for (const aggregate of view.aggregates) {
    const key = keyOf(aggregate)
    groups.set(key, [...(groups.get(key) ?? []), aggregate])
  }
  const names = new Map([...groups.keys()].map((key, at) => [key, `x${at}`]))
  const computed = [...groups].flatMap(([key, same]) => {
    const [first] = same
    if (first === undefined) return []
    const column = columns.indexOf(first.column)
    const numbers = [...new Set(same.flatMap(({ window }) => windows.numbersOf(window)))]
    const segments = segmentColumns(first, column)
    return [{ name: names.get(key) ?? '', fn: first.fn, column, segments, numbers }]
  })
  const features = [
    ...view.attributes.map(({ name }, at) => ({ name, window: wholePast, of: `a${at}` })),
    ...view.aggregates.map(aggregate => ({
      name: aggregate.name,
      window: aggregate.window,
      of: names.get(keyOf(aggregate)) ?? '',
      ...emptyOf(aggregate.fn),
    })),
  ]
  return { view, prefix, windows, columns, computed, features }
}

function keyOf({ column, fn }: TrainingAggregate): string {
  return JSON.stringify([column, ...Object.entries(fn).flat()])
}

function emptyOf({ name }: AggregateFunction): Pick<Feature, 'empty'> {
  switch (name) {
    case 'count':
    case 'approx_count_distinct':
      return { empty: '0' }
    case 'last_n':
    case 'first_n':
    case 'last_distinct':
    case 'first_distinct':
      return { empty: '[]' }
    default:
      return {}
  }
}

import type { TrainingAggregate } from './training-view.ts'

/**
 * How an aggregate is put together: what is computed of each segment's records, how segments of a window become one,
 * and the value that comes of it. Names are those of columns in between.
 */
export interface SegmentColumns {
  /** Of a segment's records, by name; each column of them is `c` with its number. */
  readonly parts: ReadonlyMap<string, string>
  /** Of the segments in the frame `f`, by the same names. */
  readonly merged: ReadonlyMap<string, string>
  readonly value: string
}

/** The record that a value is of, before it by order, so that the greatest is the newest one. */
export function ordered(value: string): string {
  return `struct_pack(t := t, i := i, p := p, o := o, v := ${value})`
}

/** Gives the columns of an aggregate whose segments can be merged; nothing for the other functions. */
export function segmentColumns(
  { fn, kind }: Pick<TrainingAggregate, 'fn' | 'kind'>,
  column: number,
): SegmentColumns | undefined {
  const c = `c${column}`
  const isReal = kind === 'float32' || kind === 'float64'
  const total = isReal ? 'fsum' : 'sum'
  const count = [`n${column}`, `count(${c})`, 'sum'] as const
  const sum = [`s${column}`, isReal ? `fsum(${c}::DOUBLE)` : `sum(${c})`, total] as const
  const [n, s] = [count[0], sum[0]]
  switch (fn.name) {
    case 'count':
      return columnsOf([count], `coalesce(${n}, 0)::BIGINT`)
    case 'sum':
      return columnsOf([sum], isReal ? finite(s) : `TRY_CAST(${s} AS BIGINT)`)
    case 'mean':
      return columnsOf([count, sum], finite(`${s}::DOUBLE / ${n}`))
    case 'var_pop':
      return squares(column, spread => spread)
    case 'var_samp':
      return squares(column, spread => spread, 1)
    case 'stddev_pop':
      return squares(column, spread => `sqrt(${spread})`)
    case 'stddev_samp':
      return squares(column, spread => `sqrt(${spread})`, 1)
    case 'min':
      return columnsOf([[`min${column}`, `min(${c})`, 'min']], `min${column}`)
    case 'max':
      return columnsOf([[`max${column}`, `max(${c})`, 'max']], `max${column}`)
    case 'last':
      return newest(column, 'max')
    case 'first':
      return newest(column, 'min')
    default:
      return undefined
  }
}

type Part = readonly [name: string, ofRecords: string, ofSegments: string]

function columnsOf(parts: readonly Part[], value: string): SegmentColumns {
  return {
    parts: new Map(parts.map(([name, ofRecords]) => [name, ofRecords])),
    merged: new Map(parts.map(([name, , merge]) => [name, `${merge}(${name}) OVER f`])),
    value,
  }
}

/**
 * Of sums of squares, compensated: within 1e-9 of the mean square. A centre outside of the window would bring the size
 * of other windows' values into it.
 */
function squares(
  column: number,
  of: (spread: string) => string,
  lessFreedom: 0 | 1 = 0,
): SegmentColumns {
  const [n, d, q] = [`n${column}`, `d${column}`, `q${column}`]
  const real = `c${column}::DOUBLE`
  const spread = `greatest(0, (${q} - ${d} * ${d} / ${n}) / (${n} - ${lessFreedom}))`
  return columnsOf(
    [
      [n, `count(c${column})`, 'sum'],
      [d, `fsum(${real})`, 'fsum'],
      [q, `fsum(${real} * ${real})`, 'fsum'],
    ],
    `CASE WHEN ${n} > ${lessFreedom} THEN ${finite(of(spread))} END`,
  )
}

function newest(column: number, extreme: 'max' | 'min'): SegmentColumns {
  const name = `${extreme === 'max' ? 'last' : 'first'}${column}`
  const value = `${extreme}(${ordered(`c${column}`)}) FILTER (c${column} IS NOT NULL)`
  return columnsOf([[name, value, extreme]], `${name}.v`)
}

function finite(value: string): string {
  return `CASE WHEN isfinite(${value}) THEN ${value} END`
}

import { shorten } from '../../shared/fields/text.ts'
import { ValidationError } from '../../shared/fields/validation-error.ts'

/** A value of an event list that is none of its column. */
export interface BadEvent {
  /** From 0. */
  readonly index: number
  readonly column: string
  /** What was found there; null where nothing was. */
  readonly got: string | null
}

/** An event list that features cannot be computed for; nothing was. */
export class EventListError extends ValidationError {
  /** The first bad values; `total` says how many there are. */
  readonly bad: readonly BadEvent[]
  readonly total: number

  constructor(sentence: string, bad: readonly BadEvent[] = [], total = 0) {
    super(sentence)
    this.bad = bad
    this.total = total
  }
}

/** Says which rows are wrong, and how. */
export function badEventsError(
  name: string,
  bad: readonly BadEvent[],
  total: number,
  wanted: ReadonlyMap<string, string>,
): EventListError {
  const shown = bad.map(({ index, column, got }) => {
    const found = got === null ? 'nothing' : `"${shorten(got, 64)}"`
    return `row ${index}: "${column}" is ${wanted.get(column) ?? 'needed'} but received ${found}`
  })
  const more = total > bad.length ? `; and ${total - bad.length} more` : ''
  return new EventListError(
    `${name}: ${total} ${total === 1 ? 'value is' : 'values are'} wrong, so nothing was computed. ${shown.join('; ')}${more}.`,
    bad,
    total,
  )
}

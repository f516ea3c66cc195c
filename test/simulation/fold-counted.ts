import { foldLatest, type Latest } from '../../shared/aggregates/latest.ts'

/**
 * The newest record, and behind its values how many were folded: the newest alone is blind to a record that
 * is folded twice, and to one that is lost under a newer one.
 */
export function foldCounted(state: Latest | undefined, next: Latest): Latest {
  const counted = { ...next, values: [...next.values, 1] }
  if (state === undefined) return counted
  const { values, ...newest } = foldLatest(state, counted)
  return { ...newest, values: [...values.slice(0, -1), countOf(state) + 1] }
}

/** How many records a state was folded from. */
export function countOf({ values }: Pick<Latest, 'values'>): number {
  return Number(values.at(-1))
}

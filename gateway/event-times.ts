/** Smallest and largest event time of some records, canonical texts. */
export type EventTimes = readonly [first: string, last: string]

/** The smallest range of event times that holds both. */
export function widen(
  a: EventTimes | undefined,
  b: EventTimes | undefined,
): EventTimes | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return [a[0] < b[0] ? a[0] : b[0], a[1] > b[1] ? a[1] : b[1]]
}

/** A record's event time as a range, or nothing where its source has none. */
export function eventTimesOf(
  record: { readonly [field: string]: unknown },
  field: string | undefined,
): EventTimes | undefined {
  const time = field === undefined ? undefined : record[field]
  return typeof time === 'string' ? [time, time] : undefined
}

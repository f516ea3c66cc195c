/**
 * Says what went wrong for a report. Errors of the language and of decoders quote the values that they met,
 * which may be records or keys: of those only the name and the place are said.
 */
export function causeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return `a thrown ${typeof cause}`
  if (cause.name === 'Error') return cause.message
  const place = /\n\s+at (?:async )?([\w.<>]+)/.exec(cause.stack ?? '')?.[1]
  return place === undefined ? cause.name : `${cause.name} in ${place}`
}

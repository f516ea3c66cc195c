/** Writes JSON of what `parseExactJson` read; bigints as decimal strings, which Int64 fields take too. */
export function renderExactJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'bigint' ? String(member) : member,
  )
}

const longInteger = /^-?\d{16,}$/

/** Reads JSON without rounding: an integer literal beyond 2^53 becomes a bigint. */
export function parseExactJson(text: string): unknown {
  // The type library does not know the third argument yet: the literal's own text.
  const revive = (_: string, value: unknown, { source }: { readonly source?: string } = {}) =>
    typeof value === 'number' &&
    !Number.isSafeInteger(value) &&
    source !== undefined &&
    longInteger.test(source)
      ? BigInt(source)
      : value
  return JSON.parse(text, revive)
}

/** Writes JSON of what `parseExactJson` read; bigints as decimal strings, which Int64 fields take too. */
export function renderExactJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'bigint' ? String(member) : member,
  )
}

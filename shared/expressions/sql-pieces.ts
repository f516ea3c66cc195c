/** Writes text as an expression of DuckDB that no text can break out of. */
export function sqlText(text: string): string {
  // Control characters would depend on how the statement is sent; NUL ends it.
  if (![...text].some(letter => letter < ' ')) return `'${text.replaceAll("'", "''")}'`
  const bytes = [...new TextEncoder().encode(text)]
  return `decode('${bytes.map(byte => `\\x${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('')}'::BLOB)`
}

/** Writes a name as an identifier. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Gives null where a value does not hold to a condition on `v`, writing the value once. */
export function sqlWhere(value: string, condition: string): string {
  return sqlOf(value, `CASE WHEN ${condition} THEN v END`)
}

/** Gives an expression of `v`, writing the value once. */
export function sqlOf(value: string, expression: string): string {
  return `list_transform([${value}], lambda v: ${expression})[1]`
}

/**
 * Gives null where a value cannot be of a type. Out of a list, since DuckDB compares `TRY_CAST(x AS t) = 1` as
 * `x = 1`, which is false and not null for what does not fit.
 */
export function sqlTryCast(value: string, type: string): string {
  return sqlOf(value, `TRY_CAST(v AS ${type})`)
}

/** Gives null for infinities and NaN. */
export function sqlFinite(value: string): string {
  return sqlWhere(value, 'isfinite(v)')
}

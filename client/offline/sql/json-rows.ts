/** Wraps a query so that each row is one text of JSON: DuckDB's client drops a byte order mark from other text. */
export function jsonRows(sql: string): string {
  return `SELECT to_json(wanted)::VARCHAR FROM (${sql}) AS wanted`
}

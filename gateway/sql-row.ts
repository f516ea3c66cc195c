import type { SqlRow } from './ports.ts'

/** Reads an integer column; anything else means a damaged table. */
export function integerOf(row: SqlRow, column: string): number {
  const value = row[column]
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new TypeError(`Column "${column}" holds no integer.`)
}

/** Refuses what a newer gateway stored. */
export function requireFormat(row: SqlRow, what: string): void {
  if (integerOf(row, 'format') !== 1) throw new Error(`A newer gateway wrote this ${what}.`)
}

/** Reads a text column; anything else means a damaged table. */
export function textOf(row: SqlRow, column: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw new TypeError(`Column "${column}" holds no text.`)
}

/** Reads a text column that may be null. */
export function optionalTextOf(row: SqlRow, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column)
}

/** Reads an integer column that may be null. */
export function optionalIntegerOf(row: SqlRow, column: string): number | undefined {
  return row[column] === null ? undefined : integerOf(row, column)
}

/** Reads a number column; anything else means a damaged table. */
export function numberOf(row: SqlRow, column: string): number {
  const value = row[column]
  if (typeof value === 'number') return value
  throw new TypeError(`Column "${column}" holds no number.`)
}

/** Reads a number column that may be null. */
export function optionalNumberOf(row: SqlRow, column: string): number | undefined {
  return row[column] === null ? undefined : numberOf(row, column)
}

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CliError } from '../cli-error.ts'
import { type Input, type InputRow, readInput } from '../read-input.ts'

const path = fileURLToPath(
  new URL('../../node_modules/vega-datasets/data/flights-20k.json', import.meta.url),
)

/** Reads 20,000 flights of the FAA from 2001, as records of the quickstart's source. */
export async function readFlights(): Promise<Input> {
  if (!existsSync(path)) {
    throw new CliError(
      'The flights are missing: they come with the package vega-datasets. Run npm ci first.',
    )
  }
  const input = await readInput(path)
  return {
    ...input,
    rows: async function* () {
      for await (const row of input.rows()) yield withIsoDate(row)
    },
  }
}

/** The origin of the first flight, of which there are features as soon as one row is pushed. */
export const firstOrigin = 'DTW'

function withIsoDate(row: InputRow): InputRow {
  const { value } = row
  if (typeof value !== 'object' || value === null || !('date' in value)) return row
  return { ...row, value: { ...value, date: isoDateOf(String(value.date)) } }
}

/** `2001/01/10 18:20` names no zone: it is read as UTC, with seconds 00. */
export function isoDateOf(date: string): string {
  return date.replace(/^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d)$/, '$1-$2-$3T$4:00Z')
}

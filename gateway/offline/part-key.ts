import type { Range } from '../contracts.ts'

const digits = (value: number, count: number) => String(value).padStart(count, '0')

/** A part's name, unique in its source: partition and offsets `[start, end)`. */
export function partName(partition: number, [start, end]: Range): string {
  return `${digits(partition, 5)}-${digits(start, 16)}-${digits(end, 16)}.parquet`
}

/**
 * A part's object key: ids, the hour of its first record's ingest time, and its name. It is a function of
 * what is stored, never of the clock of an attempt, so that every attempt writes the same object.
 */
export function partKey(
  workspaceId: string,
  sourceId: string,
  firstIngestUs: number,
  name: string,
): string {
  const time = new Date(firstIngestUs / 1_000).toISOString()
  const hour = `dt=${time.slice(0, 10)}/hr=${time.slice(11, 13)}`
  return `log/v1/${workspaceId}/${sourceId}/${hour}/${name}`
}

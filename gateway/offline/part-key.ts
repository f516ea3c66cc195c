import type { Range } from '../contracts/message.ts'

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
  return `log/v1/${workspaceId}/${sourceId}/${hourFolder(firstIngestUs / 1_000)}/${name}`
}

/** A compacted part's name: its range, and a number that the catalogue gives to one compaction only. */
export function compactedName(partition: number, range: Range, generation: number): string {
  return partName(partition, range).replace('.parquet', `-c${digits(generation, 6)}.parquet`)
}

/** A compacted part's object key: the hour of the parts that it replaces, under another prefix. */
export function compactedKey(
  workspaceId: string,
  sourceId: string,
  hourMs: number,
  name: string,
): string {
  return `compacted/v1/${workspaceId}/${sourceId}/${hourFolder(hourMs)}/${name}`
}

/** The start of the hour that a part's key names; nothing for another key. */
export function partHourMs(key: string): number | undefined {
  const [, day, hour] = /\/dt=(\d{4}-\d{2}-\d{2})\/hr=(\d{2})\//.exec(key) ?? []
  const startMs = Date.parse(`${day}T${hour}:00:00Z`)
  return Number.isNaN(startMs) ? undefined : startMs
}

function hourFolder(ms: number): string {
  const time = new Date(ms).toISOString()
  return `dt=${time.slice(0, 10)}/hr=${time.slice(11, 13)}`
}

import { sqlText } from '../../../shared/expressions/sql-pieces.ts'

export interface EngineSettings {
  readonly memoryLimit: string
  readonly folder: string
  readonly threads: number | undefined
}

/** Statements that set an engine up: times in UTC, what does not fit in memory in a folder, no network. */
export function engineSettings({
  memoryLimit,
  folder,
  threads,
}: EngineSettings): readonly string[] {
  return [
    "SET TimeZone = 'UTC'",
    `SET memory_limit = ${sqlText(memoryLimit)}`,
    `SET temp_directory = ${sqlText(folder)}`,
    ...(threads === undefined ? [] : [`SET threads = ${threads}`]),
    // Nothing here depends on the order of rows that no query states.
    'SET preserve_insertion_order = false',
    'SET autoinstall_known_extensions = false',
  ]
}

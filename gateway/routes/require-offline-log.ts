import type { CompiledSource } from '../ingest/compiled-source.ts'
import { Problem } from './problem.ts'

/** Refuses to read what is not kept here. */
export function requireOfflineLog({ source }: CompiledSource): void {
  if (source.logOffline) return
  throw new Problem(
    'no_offline_log',
    `Source "${source.name}" keeps no offline log here (logOffline is false); its history is read from its batch config, which this version cannot do.`,
  )
}

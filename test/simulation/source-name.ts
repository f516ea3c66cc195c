import type { ResolvedSource } from '../../gateway/registry/resolved-definitions.ts'
import type { SourceName } from './workload.ts'

/** The name of a source that some schedule applies. */
export function sourceNameOf({ name }: Pick<ResolvedSource, 'name'>): SourceName {
  if (name === 'events' || name === 'clicks' || name === 'late') return name
  throw new Error(`No schedule applies a source "${name}".`)
}

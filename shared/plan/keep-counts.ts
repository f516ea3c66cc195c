import { isPlainObject } from '../fields/plain-object.ts'

/**
 * Gives an earlier canonical JSON with the partition counts of a later one where those are greater: they only
 * double, so going back leaves them as they are.
 */
export function keepCounts(earlier: string, later: string): string {
  const counts = new Map(sourcesOf(JSON.parse(later)).map(source => [source.name, countOf(source)]))
  const definitions: unknown = JSON.parse(earlier)
  const kept = sourcesOf(definitions).map(source => {
    const { streamConfig } = source
    const partitions = Math.max(countOf(source), counts.get(source.name) ?? 0)
    return isPlainObject(streamConfig)
      ? { ...source, streamConfig: { ...streamConfig, partitions } }
      : source
  })
  return JSON.stringify(
    isPlainObject(definitions) ? { ...definitions, sources: kept } : definitions,
  )
}

function sourcesOf(definitions: unknown) {
  const sources = isPlainObject(definitions) ? definitions.sources : []
  return Array.isArray(sources) ? sources.filter(isPlainObject) : []
}

function countOf({ streamConfig }: { readonly [name: string]: unknown }): number {
  const partitions = isPlainObject(streamConfig) ? streamConfig.partitions : undefined
  return typeof partitions === 'number' ? partitions : 0
}

import { limits } from '../../shared/limits.ts'
import type { EntitySet, ResolvedDefinitions, ResolvedSource } from './resolved-definitions.ts'

/** What is asked for: so many shards for the entities of these join keys. */
export interface Scale {
  readonly joinKeys: readonly string[]
  readonly shards: number
}

/**
 * Gives an entity set more shards, as a newer version of the definitions; the same definitions where it has
 * that many, or why it cannot be. Shards only double: each gives half of its slots away.
 */
export function scaleEntitySet(
  definitions: ResolvedDefinitions,
  { joinKeys, shards }: Scale,
  version: number,
): ResolvedDefinitions | string {
  const set = definitions.entitySets.find(one => sameNames(joinKeysOf(one), joinKeys))
  if (set === undefined) {
    const known = definitions.entitySets.map(one => joinKeysOf(one).join(' + ')).join(', ')
    return `No feature view has the join keys ${joinKeys.join(' + ')}; there are ${known || 'none'}.`
  }
  const isPower = Number.isInteger(shards) && Math.log2(shards) % 1 === 0
  if (!isPower || shards > limits.maxShards) {
    return `shards is a power of two from 1 to ${limits.maxShards} but received ${shards}.`
  }
  if (shards < set.shards) {
    return `The entities of ${joinKeys.join(' + ')} have ${set.shards} shards already, and shards only double.`
  }
  if (shards === set.shards) return definitions
  const scaled = (source: ResolvedSource): ResolvedSource => {
    if (!source.views.some(({ entitySetId }) => entitySetId === set.id)) return source
    const views = source.views.map(view =>
      view.entitySetId === set.id ? { ...view, shards } : view,
    )
    return { ...source, version, views }
  }
  return {
    ...definitions,
    version,
    sources: definitions.sources.map(scaled),
    entitySets: definitions.entitySets.map(one => (one.id === set.id ? { ...one, shards } : one)),
  }
}

/** The names of an entity set's join keys, in their order. */
export function joinKeysOf({ joinKeys }: EntitySet): string[] {
  const parsed: unknown = JSON.parse(joinKeys)
  if (!Array.isArray(parsed)) throw new Error('An entity set has no join keys.')
  return parsed.map((pair: unknown) => (Array.isArray(pair) ? String(pair[0]) : ''))
}

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at])
}

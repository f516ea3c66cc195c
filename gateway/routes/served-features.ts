import type { AnyType } from '../../shared/fields/data-type.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'

/** A feature as a view serves it. */
export interface ServedFeature {
  readonly name: string
  readonly dtype: AnyType
}

/** What a view serves, in the order of its values. */
export function servedFeatures(
  { features }: ResolvedView,
  compiled: CompiledSource,
): readonly ServedFeature[] {
  return features.map(name => ({ name, dtype: columnType(compiled, name) }))
}

/** The type of a column of a source's rows. */
export function columnType({ rows }: CompiledSource, name: string): AnyType {
  const field = rows.find(field => field.name === name)
  if (field === undefined) throw new Error(`The source has no column "${name}".`)
  return field.dtype
}

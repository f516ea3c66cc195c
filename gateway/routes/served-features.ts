import type { AnyType } from '../../shared/fields/data-type.ts'
import type { CompiledSource } from '../ingest/compiled-source.ts'
import type { ResolvedView } from '../registry/resolved-definitions.ts'

/** A feature as a view serves it. */
export interface ServedFeature {
  readonly name: string
  readonly dtype: AnyType
  /** What was said of it, else of its view. */
  readonly description?: string
  readonly tags: { readonly [tag: string]: string }
}

/** What a view serves, in the order of its values. */
export function servedFeatures(
  { features, description, tags = {} }: ResolvedView,
  compiled: CompiledSource,
): readonly ServedFeature[] {
  return features.map(name => ({
    name,
    dtype: columnType(compiled, name),
    ...(description === undefined ? {} : { description }),
    tags,
  }))
}

/** The type of a column of a source's rows. */
export function columnType({ rows }: CompiledSource, name: string): AnyType {
  const field = rows.find(field => field.name === name)
  if (field === undefined) throw new Error(`The source has no column "${name}".`)
  return field.dtype
}

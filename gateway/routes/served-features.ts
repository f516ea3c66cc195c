import type { AnyType } from '../../shared/fields/data-type.ts'
import { decodeType } from '../../shared/fields/encode-fields.ts'
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
  { features, served, description, tags = {} }: ResolvedView,
  compiled: CompiledSource,
): readonly ServedFeature[] {
  const own = { ...(description === undefined ? {} : { description }), tags }
  if (served === undefined) {
    return features.map(name => ({ name, dtype: columnType(compiled, name), ...own }))
  }
  return served.map(({ dtype, ...feature }) => ({
    ...own,
    ...feature,
    ...(Object.keys(feature.tags ?? {}).length === 0 ? { tags } : {}),
    dtype: decodeType(dtype),
  }))
}

/** The type of a column of a source's rows. */
export function columnType({ rows }: CompiledSource, name: string): AnyType {
  const field = rows.find(field => field.name === name)
  if (field === undefined) throw new Error(`The source has no column "${name}".`)
  return field.dtype
}

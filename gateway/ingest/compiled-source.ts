import type { AnyField } from '../../shared/fields/field.ts'
import { type RecordSchema, recordSchema } from '../../shared/record-schema.ts'
import type {
  ResolvedDefinitions,
  ResolvedSource,
  ResolvedView,
} from '../registry/resolved-definitions.ts'
import { type SchemaVersions, schemaVersions } from '../schema-versions.ts'
import { type ElementPattern, elementPattern } from './canonical-pattern.ts'

/** A source ready to check records: its types revived, its schema and pattern built once. */
export interface CompiledSource {
  readonly source: ResolvedSource
  /** What is pushed and stored. */
  readonly fields: readonly AnyField[]
  /** What is read. */
  readonly rows: readonly AnyField[]
  /** Its schemas, for records that earlier ones admitted. */
  readonly versions: SchemaVersions
  readonly schema: RecordSchema<readonly AnyField[]>
  /** Absent where every record takes the way of the schema. */
  readonly pattern: ElementPattern | undefined
  /** Entity sets of its views, once each. */
  readonly entitySets: readonly Pick<ResolvedView, 'entitySetId' | 'joinKeys'>[]
}

/** Definitions as a Worker holds them; sources are compiled when they are first used. */
export interface CompiledDefinitions {
  readonly definitions: ResolvedDefinitions
  source(name: string): CompiledSource | undefined
}

export function compileDefinitions(definitions: ResolvedDefinitions): CompiledDefinitions {
  const byName = new Map(definitions.sources.map(source => [source.name, source]))
  const compiled = new Map<string, CompiledSource>()
  return {
    definitions,
    source(name) {
      const known = compiled.get(name)
      if (known !== undefined) return known
      const source = byName.get(name)
      if (source === undefined) return undefined
      const made = compileSource(source)
      compiled.set(name, made)
      return made
    },
  }
}

function compileSource(source: ResolvedSource): CompiledSource {
  const versions = schemaVersions(source)
  const { fields, rows, translator } = versions
  const entitySets = [...new Map(source.views.map(view => [view.entitySetId, view])).values()]
  const keys = new Set(entitySets.flatMap(({ joinKeys }) => joinKeys))
  // Rows have other fields and times: only who checks a record can make its row.
  const pattern =
    translator === undefined ? elementPattern(fields, source.eventTimeField, keys) : undefined
  return { source, fields, rows, versions, schema: recordSchema(fields), pattern, entitySets }
}

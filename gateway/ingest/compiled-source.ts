import { decodeFields } from '../../shared/fields/encode-fields.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { type RecordSchema, recordSchema } from '../../shared/record-schema.ts'
import type { ResolvedDefinitions, ResolvedSource } from '../registry/resolved-definitions.ts'

/** A source ready to check records: its types revived, its schema built once. */
export interface CompiledSource {
  readonly source: ResolvedSource
  readonly fields: readonly AnyField[]
  readonly schema: RecordSchema<readonly AnyField[]>
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
      const fields = decodeFields(source.fields)
      const made = { source, fields, schema: recordSchema(fields) }
      compiled.set(name, made)
      return made
    },
  }
}

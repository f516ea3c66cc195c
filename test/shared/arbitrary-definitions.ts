import fc from 'fast-check'
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../shared/index.ts'
import { Field, String, Timestamp } from '../../shared/types.ts'
import {
  type WorkspaceDefinitions,
  workspaceDefinitions,
} from '../../shared/workspace-definitions.ts'
import { arbitraryFieldList, arbitraryName } from './arbitrary-fields.ts'

const text = fc.string({ unit: 'grapheme' })

const texts = fc.dictionary(
  fc
    .string({ minLength: 1 })
    .filter(name => !['__proto__', 'constructor', 'prototype'].includes(name)),
  text,
)

/** One source of any fields, with a view of all of them by a key of its own. */
export const arbitraryDefinitions: fc.Arbitrary<WorkspaceDefinitions> = fc
  .record({
    fields: arbitraryFieldList,
    names: fc.tuple(arbitraryName, arbitraryName, arbitraryName, arbitraryName),
    description: text,
    tags: texts,
    options: texts,
    partitions: fc.constantFrom(1, 2, 64),
    retention: fc.constantFrom(undefined, '1d', '30d', '36500d'),
  })
  .map(
    ({
      fields,
      names: [source, entity, view, feature],
      description,
      tags,
      options,
      partitions,
      retention,
    }) => {
      // Longer than any arbitrary name, so never one of them.
      const key = Field('k'.repeat(40), String)
      const time = Field('t'.repeat(40), Timestamp)
      const declared = StreamSource({
        name: source,
        streamConfig: PushConfig({
          logOffline: true,
          timestampField: time.name,
          partitions,
          ...(retention === undefined ? {} : { retention }),
        }),
        schema: [...fields.map(({ field }) => field), key, time],
        description,
        tags,
        options,
      })
      const declaredView = StreamFeatureView({
        name: view,
        source: declared,
        entities: [Entity({ name: entity, joinKeys: [key] })],
        features: declared.schema.map(({ name, dtype }) => Attribute(name, dtype)),
        offline: true,
      })
      return workspaceDefinitions({ name: source, live: false }, [
        FeatureService({ name: feature, features: [declaredView], tags }),
      ])
    },
  )

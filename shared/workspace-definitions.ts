import {
  decodeEntity,
  decodeFeatureService,
  decodeFeatureView,
  decodeSource,
  finderOf,
} from './definitions/decode-definitions.ts'
import {
  encodeEntity,
  encodeFeatureService,
  encodeFeatureView,
  encodeSource,
} from './definitions/encode-definitions.ts'
import { type EntityDefinition, isEntity } from './definitions/entity.ts'
import { type FeatureServiceDefinition, isFeatureService } from './definitions/feature-service.ts'
import { sortedJson } from './definitions/sorted-json.ts'
import { type FeatureViewDefinition, isFeatureView } from './definitions/stream-feature-view.ts'
import { type AnySource, isSource } from './definitions/stream-source.ts'
import { requireName, requireUnique } from './fields/names.ts'
import { flagOption, requireOptions } from './fields/options.ts'
import type { PlainObject } from './fields/plain-object.ts'
import { describe } from './fields/refusal.ts'
import { compareText } from './fields/text.ts'
import { ValidationError } from './fields/validation-error.ts'
import { sha256Hex } from './keys.ts'

/** All that one workspace declares: frozen plain data, each list sorted by name. */
export interface WorkspaceDefinitions {
  readonly name: string
  /** Whether the workspace stores and serves; only declared and planned if false. */
  readonly live: boolean
  readonly sources: readonly AnySource[]
  readonly entities: readonly EntityDefinition[]
  readonly featureViews: readonly FeatureViewDefinition[]
  readonly featureServices: readonly FeatureServiceDefinition[]
}

const format = 1

/**
 * Gathers what a workspace's modules export, and what that refers to; values that are no definitions are
 * left out. Throws a ValidationError if two different objects of one kind share a name.
 */
export function workspaceDefinitions(
  workspace: { readonly name: string; readonly live: boolean },
  objects: readonly unknown[],
): WorkspaceDefinitions {
  const featureServices = objects.filter(isFeatureService)
  const featureViews = [
    ...objects.filter(isFeatureView),
    ...featureServices.flatMap(service => service.features),
  ]
  const sources = [...objects.filter(isSource), ...featureViews.map(view => view.source)]
  const entities = [...objects.filter(isEntity), ...featureViews.flatMap(view => view.entities)]
  return Object.freeze({
    name: requireName('Workspace', workspace.name, 'workspace'),
    live: workspace.live,
    sources: byName('sources', sources, encodeSource),
    entities: byName('entities', entities, encodeEntity),
    featureViews: byName('feature views', featureViews, encodeFeatureView),
    featureServices: byName('feature services', featureServices, encodeFeatureService),
  })
}

/**
 * Gives definitions as one JSON text: keys sorted, lists sorted by name, references by name, defaults
 * written out. Equal definitions have equal texts, whatever order they were declared in.
 */
export function canonicalJson(definitions: WorkspaceDefinitions): string {
  const { name, live, sources, entities, featureViews, featureServices } = definitions
  return sortedJson({
    format,
    name,
    live,
    sources: sources.map(encodeSource),
    entities: entities.map(encodeEntity),
    featureViews: featureViews.map(encodeFeatureView),
    featureServices: featureServices.map(encodeFeatureService),
  })
}

/** Gives the SHA-256 of canonical JSON in lower-case hexadecimal: equal for equal definitions. */
export function hashDefinitions(text: string): Promise<string> {
  return sha256Hex(text)
}

/**
 * Makes definitions of parsed JSON from outside by the same rules that the functions follow.
 * Throws a ValidationError on anything else: another format, dangling names, unknown options.
 */
export function decodeDefinitions(value: unknown): WorkspaceDefinitions {
  const options = requireOptions('Definitions', value, [
    'format',
    'name',
    'live',
    'sources',
    'entities',
    'featureViews',
    'featureServices',
  ])
  if (options.format !== format) {
    throw new ValidationError(
      `Definitions: Expected format ${format} but received ${describe(options.format)}; use a matching version of Tidegate.`,
    )
  }
  const sources = listOf(options, 'sources').map(decodeSource)
  const entities = listOf(options, 'entities').map(decodeEntity)
  const findSource = finderOf('source', sources)
  const findEntity = finderOf('entity', entities)
  const featureViews = listOf(options, 'featureViews').map(view =>
    decodeFeatureView(view, findSource, findEntity),
  )
  const findView = finderOf('feature view', featureViews)
  const featureServices = listOf(options, 'featureServices').map(service =>
    decodeFeatureService(service, findView),
  )
  const workspace = {
    name: requireName('Workspace', options.name, 'workspace'),
    live: flagOption('Workspace', options, 'live', false),
  }
  return workspaceDefinitions(workspace, [
    ...sources,
    ...entities,
    ...featureViews,
    ...featureServices,
  ])
}

function listOf(options: PlainObject, name: string): readonly unknown[] {
  const value = options[name]
  if (Array.isArray(value)) return Array.from<unknown>(value)
  throw new ValidationError(`Definitions: ${name} is a list but received ${describe(value)}.`)
}

/** Sorts by name and drops repetitions; the same object may be exported twice and referred to often. */
function byName<T extends { readonly name: string }>(
  what: string,
  objects: readonly T[],
  encode: (object: T) => unknown,
): readonly T[] {
  const named = new Map<string, T>()
  for (const object of objects) {
    const earlier = named.get(object.name)
    if (earlier === undefined) {
      named.set(object.name, object)
    } else if (earlier !== object && sortedJson(encode(earlier)) !== sortedJson(encode(object))) {
      throw new ValidationError(
        `Workspace: Two different ${what} are named "${object.name}"; rename one of them.`,
      )
    }
  }
  requireUnique(`Workspace, ${what}`, [...named.keys()])
  return Object.freeze(
    [...named.values()].sort((left, right) => compareText(left.name, right.name)),
  )
}

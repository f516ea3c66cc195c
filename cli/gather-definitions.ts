import {
  encodeEntity,
  encodeFeatureService,
  encodeFeatureView,
  encodeSource,
} from '../shared/definitions/encode-definitions.ts'
import { type EntityDefinition, isEntity } from '../shared/definitions/entity.ts'
import {
  type FeatureServiceDefinition,
  isFeatureService,
} from '../shared/definitions/feature-service.ts'
import { sortedJson } from '../shared/definitions/sorted-json.ts'
import {
  type FeatureViewDefinition,
  isFeatureView,
} from '../shared/definitions/stream-feature-view.ts'
import { type AnySource, isSource } from '../shared/definitions/stream-source.ts'
import { type DefinitionsPlace, shownFile } from './shown-file.ts'

/** A module's exports; a list that is exported counts as its members. */
export interface ReadModule {
  readonly file: string
  readonly values: readonly unknown[]
}

type AnyDefinition = AnySource | EntityDefinition | FeatureViewDefinition | FeatureServiceDefinition

/** A definition and the file that exports it, else the one that first refers to it. */
export interface GatheredDefinition {
  readonly object: AnyDefinition
  readonly file: string
  readonly isExported: boolean
}

/** Gives the definitions among what modules export, and what those refer to, each once. */
export function gatherDefinitions(modules: readonly ReadModule[]): readonly GatheredDefinition[] {
  const gathered = new Map<AnyDefinition, GatheredDefinition>()
  const note = (object: AnyDefinition, file: string, isExported: boolean): void => {
    if (!gathered.has(object)) gathered.set(object, { object, file, isExported })
  }
  for (const { file, values } of modules) {
    for (const value of values.flat()) {
      if (isDefinition(value)) note(value, file, true)
    }
  }
  for (const { object, file } of [...gathered.values()]) {
    for (const referred of referredBy(object)) note(referred, file, false)
  }
  return [...gathered.values()]
}

/**
 * Says which two files give one name to two objects of a kind; nothing where all names are apart. Equal objects that
 * are only referred to may be two. Names that differ by case are the same.
 */
export function findNameClash(
  gathered: readonly GatheredDefinition[],
  place: DefinitionsPlace,
): string | undefined {
  const named = new Map<string, GatheredDefinition>()
  for (const one of gathered) {
    const { kind, name } = one.object
    const key = `${kind} ${name.toLowerCase()}`
    const other = named.get(key)
    if (other === undefined) named.set(key, one)
    else if (other.file !== one.file && isClash(other, one)) {
      return `Two ${plurals[kind]} are named "${other.object.name}"${other.object.name === name ? '' : ` and "${name}", which is the same`}: one in ${shownFile(other.file, place)} and one in ${shownFile(one.file, place)}. Rename or remove one of them.`
    }
  }
  return undefined
}

const plurals: Readonly<Record<AnyDefinition['kind'], string>> = {
  stream_source: 'stream sources',
  entity: 'entities',
  stream_feature_view: 'stream feature views',
  feature_service: 'feature services',
}

function isClash(left: GatheredDefinition, right: GatheredDefinition): boolean {
  return (left.isExported && right.isExported) || textOf(left.object) !== textOf(right.object)
}

function isDefinition(value: unknown): value is AnyDefinition {
  return isSource(value) || isEntity(value) || isFeatureView(value) || isFeatureService(value)
}

function referredBy(object: AnyDefinition): readonly AnyDefinition[] {
  if (isFeatureService(object)) {
    return object.features.flatMap(view => [view, ...referredBy(view)])
  }
  return isFeatureView(object) ? [object.source, ...object.entities] : []
}

function textOf(object: AnyDefinition): string {
  if (isSource(object)) return sortedJson(encodeSource(object))
  if (isEntity(object)) return sortedJson(encodeEntity(object))
  return sortedJson(
    isFeatureView(object) ? encodeFeatureView(object) : encodeFeatureService(object),
  )
}

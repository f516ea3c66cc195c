import * as v from 'valibot'
import { isRecord } from '../is-record.ts'

/** The lists of canonical JSON and what one object of each is called. */
const kinds = [
  ['sources', 'stream_source'],
  ['entities', 'entity'],
  ['featureViews', 'stream_feature_view'],
  ['featureServices', 'feature_service'],
] as const
export type ObjectKind = (typeof kinds)[number][1]

export interface NamedObject {
  readonly kind: ObjectKind
  readonly name: string
}

export type Changes =
  | {
      readonly outcome: 'changes'
      readonly created: readonly NamedObject[]
      readonly updated: readonly NamedObject[]
      readonly kept: readonly NamedObject[]
    }
  | { readonly outcome: 'conflict'; readonly reason: string }

/**
 * Compares two canonical JSON texts and tells which objects are new, and which sources get more partitions.
 * An object that is gone or differs otherwise is a conflict: what changes or destroys is never done by a
 * plain apply.
 */
export function findChanges(before: string | undefined, after: string): Changes {
  const updated: NamedObject[] = []
  const old = objectsOf(before)
  const now = objectsOf(after)
  for (const [key, { object, text }] of old) {
    const next = now.get(key)
    if (next === undefined) return conflict(object, 'would be deleted')
    if (next.text === text) continue
    const refusal = refusalOfChange(text, next.text)
    if (refusal !== undefined) return conflict(object, refusal)
    updated.push(object)
  }
  const objects = [...now].map(([key, { object }]) => ({ object, isNew: !old.has(key) }))
  const isUpdated = ({ kind, name }: NamedObject) =>
    updated.some(other => other.kind === kind && other.name === name)
  return {
    outcome: 'changes',
    created: objects.filter(({ isNew }) => isNew).map(({ object }) => object),
    updated,
    kept: objects
      .filter(({ isNew, object }) => !isNew && !isUpdated(object))
      .map(({ object }) => object),
  }
}

const partitioned = v.looseObject({ streamConfig: v.looseObject({ partitions: v.number() }) })

/** Why an object may not change so; nothing where only a source's count of partitions grows. */
function refusalOfChange(before: string, after: string): string | undefined {
  const old: unknown = JSON.parse(before)
  const next: unknown = JSON.parse(after)
  if (!v.is(partitioned, old) || !v.is(partitioned, next)) return 'would be changed'
  const [from, to] = [old.streamConfig.partitions, next.streamConfig.partitions]
  const same = { ...next, streamConfig: { ...next.streamConfig, partitions: from } }
  if (JSON.stringify(same) !== before) return 'would be changed'
  return to > from ? undefined : `would go from ${from} to ${to} partitions, and counts only double`
}

function conflict({ kind, name }: NamedObject, what: string): Changes {
  return {
    outcome: 'conflict',
    reason: `The ${kind.replaceAll('_', ' ')} "${name}" ${what}; this version of Tidegate only creates objects and adds partitions.`,
  }
}

function objectsOf(canonical: string | undefined) {
  const objects = new Map<string, { object: NamedObject; text: string }>()
  const parsed: unknown = canonical === undefined ? {} : JSON.parse(canonical)
  if (!isRecord(parsed)) return objects
  for (const [list, kind] of kinds) {
    const members: unknown = parsed[list]
    for (const member of Array.isArray(members) ? members : []) {
      if (!isRecord(member) || typeof member.name !== 'string') continue
      const { name } = member
      // Canonical JSON keeps its order through parsing, so equal objects have equal texts.
      objects.set(`${kind} ${name}`, { object: { kind, name }, text: JSON.stringify(member) })
    }
  }
  return objects
}

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

export type Creations =
  | {
      readonly outcome: 'creations'
      readonly created: readonly NamedObject[]
      readonly kept: readonly NamedObject[]
    }
  | { readonly outcome: 'conflict'; readonly reason: string }

/**
 * Compares two canonical JSON texts and tells which objects are new. An object that is gone or differs is
 * a conflict: what changes or destroys is never done by a plain apply.
 */
export function findCreations(before: string | undefined, after: string): Creations {
  const old = objectsOf(before)
  const now = objectsOf(after)
  for (const [key, { object, text }] of old) {
    const next = now.get(key)
    if (next === undefined) return conflict(object, 'would be deleted')
    if (next.text !== text) return conflict(object, 'would be changed')
  }
  const objects = [...now].map(([key, { object }]) => ({ object, isNew: !old.has(key) }))
  return {
    outcome: 'creations',
    created: objects.filter(({ isNew }) => isNew).map(({ object }) => object),
    kept: objects.filter(({ isNew }) => !isNew).map(({ object }) => object),
  }
}

function conflict({ kind, name }: NamedObject, what: string): Creations {
  return {
    outcome: 'conflict',
    reason: `The ${kind.replaceAll('_', ' ')} "${name}" ${what}; this version of Tidegate only applies creations.`,
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

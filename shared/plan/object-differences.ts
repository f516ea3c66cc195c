import { sortedJson } from '../definitions/sorted-json.ts'
import { isPlainObject } from '../fields/plain-object.ts'
import type { PlannedDifference } from '../plan-protocol.ts'

/**
 * Gives what differs between two values of plain JSON, property by property: lists of named objects are compared
 * by name, a type or any other list as a whole; what is absent is null. Paths have dots between names.
 */
export function objectDifferences(
  before: unknown,
  after: unknown,
  path = '',
): readonly PlannedDifference[] {
  if (sortedJson(before ?? null) === sortedJson(after ?? null)) return []
  const [old, now] = [membersOf(before, path), membersOf(after, path)]
  if (old === undefined || now === undefined) {
    return [{ path, before: before ?? null, after: after ?? null }]
  }
  const names = [...new Set([...old.keys(), ...now.keys()])]
  const inside = names.flatMap(name =>
    objectDifferences(old.get(name), now.get(name), path === '' ? name : `${path}.${name}`),
  )
  // The same members in another order.
  return inside.length > 0 ? inside : [{ path, before: [...old.keys()], after: [...now.keys()] }]
}

function membersOf(value: unknown, path: string): ReadonlyMap<string, unknown> | undefined {
  if (path.endsWith('dtype')) return undefined
  if (isPlainObject(value)) return new Map(Object.entries(value))
  if (!Array.isArray(value)) return undefined
  const members = new Map<string, unknown>()
  for (const member of value) {
    if (!isPlainObject(member) || typeof member.name !== 'string') return undefined
    const { name, ...rest } = member
    members.set(name, rest)
  }
  return members.size === value.length ? members : undefined
}

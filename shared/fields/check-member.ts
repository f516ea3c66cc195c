import type { AnyType, Canonical } from './data-type.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Checks a member of an array or a value of a map, which are never null. */
export function checkMember(type: AnyType, member: unknown): Canonical | Refusal {
  return member === null || member === undefined
    ? refuse(type.kind, member, 'null_field')
    : type['~check'](member)
}

import { checkMember } from './check-member.ts'
import type { AnyType, Canonical, DataType, In, Out } from './data-type.ts'
import { Refusal, refuse, refusedUnder } from './refusal.ts'

export interface ArrayType<T extends AnyType>
  extends DataType<'array', readonly In<T>[], Out<T>[]> {
  readonly element: T
}

/** A list of values of one type; members are never null. */
export function array<T extends AnyType>(element: T): ArrayType<T> {
  return Object.freeze<ArrayType<T>>({
    kind: 'array',
    element,
    '~check': value => checkMembers(element, value),
  })
}

function checkMembers(element: AnyType, value: unknown): Canonical | Refusal {
  if (!Array.isArray(value)) return refuse('array', value)
  const members: Canonical[] = []
  for (let index = 0; index < value.length; index++) {
    const checked = checkMember(element, value[index])
    if (checked instanceof Refusal) return refusedUnder(index, checked)
    members.push(checked)
  }
  return members
}

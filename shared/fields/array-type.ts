import type { AnyType, Canonical, DataType, In, Out } from './data-type.ts'
import { extentAround } from './extent.ts'
import { Refusal, refuse, refusedUnder } from './refusal.ts'
import { requireType } from './require-type.ts'

export interface ArrayType<T extends AnyType>
  extends DataType<'array', readonly In<T>[], Out<T>[]> {
  readonly element: T
}

/** A list of values of one type; members are never null. */
export function array<T extends AnyType>(element: T): ArrayType<T> {
  const extent = extentAround('Array', [requireType('Array', element)])
  return Object.freeze<ArrayType<T>>({
    kind: 'array',
    element,
    '~check': value => checkMembers(element, value),
    '~extent': extent,
  })
}

function checkMembers(element: AnyType, value: unknown): Canonical | Refusal {
  if (!Array.isArray(value)) return refuse('wrong_type', 'array', value)
  const members: Canonical[] = []
  for (let index = 0; index < value.length; index++) {
    const member: unknown = value[index]
    const checked =
      member === null || member === undefined
        ? refuse('null_field', element.kind, member)
        : element['~check'](member)
    if (checked instanceof Refusal) return refusedUnder(index, checked)
    members.push(checked)
  }
  return members
}

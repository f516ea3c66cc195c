import type { AnyType } from '../fields/data-type.ts'
import { float64 } from '../fields/float-types.ts'
import { int64 } from '../fields/integer-types.ts'

export const isInteger = ({ kind }: AnyType): boolean => kind === 'int32' || kind === 'int64'
export const isFloat = ({ kind }: AnyType): boolean => kind === 'float32' || kind === 'float64'

/** Whether all types are of one kind. */
export function areAll(types: readonly AnyType[], kind: string): boolean {
  return types.every(type => type.kind === kind)
}

/** The type in which numbers of these types meet without loss, or why there is none. */
export function commonNumber(types: readonly AnyType[]): AnyType | string {
  if (types.every(isInteger)) return int64
  const others = types.filter(type => !isInteger(type) && !isFloat(type))
  if (others.length > 0) return `it takes numbers but received ${kindsOf(types)}`
  if (!types.some(({ kind }) => kind === 'int64')) return float64
  return 'int64 and floats do not mix without loss; cast one of them: cast(x, Float64) or cast(x, Int64)'
}

/** Refuses arguments that are not all of one kind. */
export function requireKind(types: readonly AnyType[], kind: string): string | undefined {
  return areAll(types, kind) ? undefined : `it takes ${kind} but received ${kindsOf(types)}`
}

export function kindsOf(types: readonly AnyType[]): string {
  return types.map(({ kind }) => kind).join(' and ')
}

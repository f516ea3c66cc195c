import { isRecord } from '../is-record.ts'
import { Problem } from './problem.ts'

/** An object of a request in Tecton's shape. */
export type Members = { readonly [name: string]: unknown }

/** A member by its camelCase name, or by the same name in snake_case; null is as good as absent. */
export function memberOf(parent: Members, name: string): unknown {
  const snake = name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
  if (Object.hasOwn(parent, name)) return parent[name] ?? undefined
  return Object.hasOwn(parent, snake) ? (parent[snake] ?? undefined) : undefined
}

/** A member that is an object; nothing where it is absent. `where` leads to it, as `params.`. */
export function objectMember(parent: Members, name: string, where: string): Members | undefined {
  const value = memberOf(parent, name)
  if (value === undefined || isRecord(value)) return value
  throw malformed(`"${where}${name}" is an object.`)
}

/** A member that is a text of one character at least; nothing where it is absent. */
export function textMember(parent: Members, name: string, where: string): string | undefined {
  const value = memberOf(parent, name)
  if (value === undefined || (typeof value === 'string' && value !== '')) return value
  throw malformed(`"${where}${name}" is a text.`)
}

/** A member that is true or false; false where it is absent. */
export function flagMember(parent: Members, name: string, where: string): boolean {
  const value = memberOf(parent, name) ?? false
  if (typeof value === 'boolean') return value
  throw malformed(`"${where}${name}" is true or false.`)
}

/** A refusal of what a request says. */
export function malformed(message: string): Problem {
  return new Problem('malformed_request', message)
}

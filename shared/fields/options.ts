import { isPlainObject, type PlainObject } from './plain-object.ts'
import { describe } from './refusal.ts'
import { isWellFormed, shorten } from './text.ts'
import { ValidationError } from './validation-error.ts'

/** Gives a definition's options if all are known; a misspelt option must not be ignored. */
export function requireOptions(
  where: string,
  value: unknown,
  known: readonly string[],
): PlainObject {
  if (!isPlainObject(value)) {
    throw new ValidationError(
      `${where}: Expected an object of options but received ${describe(value)}.`,
    )
  }
  for (const option of Object.keys(value)) {
    if (known.includes(option)) continue
    throw new ValidationError(
      `${where}: There is no option "${shorten(option, 64)}"; ${known.length === 0 ? 'it takes none' : `the options are ${known.join(', ')}`}.`,
    )
  }
  return value
}

/** Gives a text option, or nothing if it is absent. */
export function textOption(where: string, options: PlainObject, name: string): string | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  if (typeof value === 'string' && isWellFormed(value)) return value
  throw new ValidationError(`${where}: ${name} is text but received ${describe(value)}.`)
}

/** Gives a text option that must be there and not empty. */
export function requiredText(where: string, options: PlainObject, name: string): string {
  const text = textOption(where, options, name)
  if (text !== undefined && text !== '') return text
  throw new ValidationError(`${where}: ${name} is needed and is not empty.`)
}

/** Gives a yes-or-no option, or what holds when it is absent. */
export function flagOption(
  where: string,
  options: PlainObject,
  name: string,
  absent: boolean,
): boolean {
  const value = options[name]
  if (value === undefined) return absent
  if (typeof value === 'boolean') return value
  throw new ValidationError(`${where}: ${name} is true or false but received ${describe(value)}.`)
}

/** Gives a list option that must be there, dense and not empty. */
export function requiredList(
  where: string,
  options: PlainObject,
  name: string,
): readonly unknown[] {
  const value = options[name]
  if (Array.isArray(value) && value.length > 0) return Array.from<unknown>(value)
  throw new ValidationError(
    `${where}: ${name} is a list of at least one but received ${Array.isArray(value) ? 'none' : describe(value)}.`,
  )
}

import { flagOption, textOption } from '../fields/options.ts'
import { isPlainObject, type PlainObject } from '../fields/plain-object.ts'
import { describe } from '../fields/refusal.ts'
import { isWellFormed, shorten } from '../fields/text.ts'
import { ValidationError } from '../fields/validation-error.ts'

/** What every definition may say about itself. */
export interface CommonOptions {
  readonly description?: string
  readonly owner?: string
  readonly tags?: { readonly [tag: string]: string }
  /** Refuses plans that would delete or recreate the object in a live workspace; false if absent. */
  readonly preventDestroy?: boolean
}

/** The common attributes as definitions hold them, defaults written out. */
export interface Common {
  readonly description?: string
  readonly owner?: string
  readonly tags: { readonly [tag: string]: string }
  readonly preventDestroy: boolean
}

export const commonOptions = ['description', 'owner', 'tags', 'preventDestroy'] as const

/** Says which definition a message is about: `Entity "origin"`, or `Entity` while its name is unknown. */
export function whereOf(what: string, options: unknown): string {
  const name = isPlainObject(options) ? options.name : undefined
  return typeof name === 'string' ? `${what} "${shorten(name, 64)}"` : what
}

/** Gives the common attributes with every rule checked. */
export function readCommon(where: string, options: PlainObject): Common {
  const description = textOption(where, options, 'description')
  const owner = textOption(where, options, 'owner')
  return {
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
    tags: readTexts(where, 'tags', 'a tag', options.tags),
    preventDestroy: flagOption(where, options, 'preventDestroy', false),
  }
}

/** Names that decoders leave out to keep prototypes safe: an entry of that name would vanish in silence. */
const reservedNames = ['', '__proto__', 'constructor', 'prototype']

/** Gives an option that is an object of texts, such as tags; an empty one if it is absent. `one` is an entry's word. */
export function readTexts(
  where: string,
  name: string,
  one: string,
  value: unknown,
): { readonly [name: string]: string } {
  const texts: { [name: string]: string } = {}
  if (value === undefined) return Object.freeze(texts)
  if (!isPlainObject(value)) {
    throw new ValidationError(
      `${where}: ${name} is an object of texts, such as { team: 'ads' }, but received ${describe(value)}.`,
    )
  }
  for (const [key, text] of Object.entries(value)) {
    if (reservedNames.includes(key) || !isWellFormed(key)) {
      throw new ValidationError(`${where}: ${describe(key)} cannot be the name of ${one}.`)
    }
    if (typeof text !== 'string' || !isWellFormed(text)) {
      throw new ValidationError(
        `${where}: In ${name}, ${describe(key)} is text but received ${describe(text)}.`,
      )
    }
    texts[key] = text
  }
  return Object.freeze(texts)
}

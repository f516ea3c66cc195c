import { isPlainObject, type PlainObject } from './plain-object.ts'
import { describe } from './refusal.ts'
import { ValidationError } from './validation-error.ts'

/** The kinds of value that JSON Schema tells apart; `any` says nothing of its values. */
export type JsonKind = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'any'

/** One value's schema: references and alternatives resolved, null set aside. */
export interface JsonNode {
  readonly kind: JsonKind
  /** Whether null is named among its values; where nothing is said of them, it is not. */
  readonly nullable: boolean
  readonly keywords: PlainObject
  /** The references that led here; one that leads here again never ends. */
  readonly trail: readonly string[]
}

export interface JsonPlace {
  /** Where in the record, for sentences: `at.lat`, `tags[]`. */
  readonly path: string
  /** The whole schema, for `#/…` references. */
  readonly root: unknown
  readonly trail: readonly string[]
}

const kinds: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'object', 'array']
const maxTrail = 64

/** Reads what a schema says of a value's kind. Throws a ValidationError where it says several, or what no column holds. */
export function readJsonNode(schema: unknown, place: JsonPlace): JsonNode {
  if (schema === true) return { kind: 'any', nullable: false, keywords: {}, trail: place.trail }
  if (!isPlainObject(schema)) {
    throw refusal(place, `the schema ${describe(schema)}`, 'A JSON Schema is an object.')
  }
  if (schema.$ref !== undefined) return readReference(schema.$ref, place)
  const branches = schema.anyOf ?? schema.oneOf
  if (Array.isArray(branches)) return readBranches(branches, place)
  if (Array.isArray(schema.allOf)) {
    const [only, ...others] = schema.allOf
    if (others.length === 0) return readJsonNode(only, place)
    throw refusal(place, 'an intersection (allOf)', 'Write it as one object.')
  }
  const types = new Set(typesOf(schema))
  const nullable = types.delete('null')
  const [type, ...others] = types
  if (type === undefined) throw refusal(place, 'nothing but null', 'Leave the column out.')
  if (others.length > 0) throw refusal(place, `values of ${[...types].join(' or ')}`, oneType)
  const kind = kinds.includes(type) ? (type as JsonKind) : type === 'any' ? 'any' : undefined
  if (kind === undefined) throw refusal(place, `the type ${describe(type)}`, oneType)
  return { kind, nullable, keywords: schema, trail: place.trail }
}

/** Makes the error for what no column holds: where, what it got and what to do. */
export function refusal({ path }: Pick<JsonPlace, 'path'>, got: string, help: string) {
  return new ValidationError(
    `fieldsOf: ${path === '' ? 'The schema' : `"${path}"`} has ${got}. ${help}`,
  )
}

const oneType = 'A column has one type: change the schema, or name a type for it.'

function readReference(reference: unknown, place: JsonPlace): JsonNode {
  if (typeof reference !== 'string' || !reference.startsWith('#')) {
    throw refusal(place, `a reference to ${describe(reference)}`, 'Put what it names into $defs.')
  }
  if (place.trail.includes(reference) || place.trail.length > maxTrail) {
    throw refusal(place, 'a type that holds itself', 'Columns do not; keep it as text of JSON.')
  }
  let found: unknown = place.root
  for (const step of reference.split('/').slice(1)) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
    found = isPlainObject(found) && Object.hasOwn(found, key) ? found[key] : undefined
  }
  if (found === undefined) {
    throw refusal(place, `the reference ${describe(reference)}, which leads nowhere`, 'Mend it.')
  }
  return readJsonNode(found, { ...place, trail: [...place.trail, reference] })
}

function readBranches(branches: readonly unknown[], place: JsonPlace): JsonNode {
  const some = branches.filter(branch => !isNull(branch))
  const [first, ...others] = some.map(branch => readJsonNode(branch, place))
  if (first === undefined) throw refusal(place, 'nothing but null', 'Leave the column out.')
  const isOne =
    others.length === 0 ||
    (others.every(({ kind }) => kind === first.kind) && !['object', 'array'].includes(first.kind))
  if (!isOne) {
    const found = [...new Set([first, ...others].map(({ kind }) => kind))].join(' or ')
    throw refusal(place, `alternatives (${found})`, oneType)
  }
  const nullable =
    some.length < branches.length || first.nullable || others.some(other => other.nullable)
  // What one of several texts is, such as a time, all of them must be.
  const formats = new Set([first, ...others].map(({ keywords }) => keywords.format))
  const keywords = formats.size === 1 ? first.keywords : {}
  return { ...first, keywords, nullable }
}

function isNull(schema: unknown): boolean {
  return isPlainObject(schema) && (schema.type === 'null' || schema.const === null)
}

/** The types that a schema names, or those of the values that it lists. */
function typesOf(schema: PlainObject): readonly unknown[] {
  if (Array.isArray(schema.type)) return schema.type
  if (schema.type !== undefined) return [schema.type]
  const listed = 'const' in schema ? [schema.const] : schema.enum
  if (Array.isArray(listed)) return listed.map(typeOfValue)
  if (isPlainObject(schema.properties)) return ['object']
  return ['any']
}

function typeOfValue(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

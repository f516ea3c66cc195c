import { maxNestingDepth } from '../wire-limits.ts'
import { array } from './array-type.ts'
import { bool } from './bool-type.ts'
import type { AnyType } from './data-type.ts'
import type { AnyField } from './field.ts'
import {
  type JsonKind,
  type JsonNode,
  type JsonPlace,
  readJsonNode,
  refusal,
} from './json-schema-node.ts'
import { map } from './map-type.ts'
import { isArrayType, isMapType, isStructType } from './nested-types.ts'
import { isPlainObject } from './plain-object.ts'
import { describe } from './refusal.ts'
import { requireType } from './require-type.ts'
import { string } from './string-type.ts'
import { struct } from './struct-type.ts'
import { timestamp } from './timestamp-type.ts'
import { ValidationError } from './validation-error.ts'

/** The kinds of value that a named type may stand for. */
const fitting: Readonly<Record<string, readonly JsonKind[]>> = {
  // Exact integers and times travel as text, too.
  string: ['string'],
  timestamp: ['string'],
  int64: ['integer', 'number', 'string'],
  int32: ['integer', 'number'],
  float32: ['integer', 'number'],
  float64: ['integer', 'number'],
  bool: ['boolean'],
  array: ['array'],
  map: ['object'],
  struct: ['object'],
}

/** Makes fields of a JSON Schema's properties, in their order; `named` has types for columns, or for what is in them. */
export function jsonSchemaFields(schema: unknown, named: unknown): readonly AnyField[] {
  return fieldsOfNode(
    readJsonNode(schema, { path: '', root: schema, trail: [] }),
    named,
    { path: '', root: schema, trail: [] },
    1,
  )
}

function fieldsOfNode(
  node: JsonNode,
  named: unknown,
  place: JsonPlace,
  depth: number,
): readonly AnyField[] {
  const { properties, required } = node.keywords
  if (node.kind !== 'object' || !isPlainObject(properties)) {
    throw refusal(place, 'no properties', 'Columns are the properties of an object.')
  }
  const names = Object.keys(properties)
  const hints = readHints(named, names, place)
  const requires: readonly unknown[] = Array.isArray(required) ? required : []
  return names.map(name => {
    const path = place.path === '' ? name : `${place.path}.${name}`
    const within = { path, root: place.root, trail: node.trail }
    const schema = properties[name]
    const { dtype, nullable } = readColumn(schema, hints.get(name), within, depth)
    const description = isPlainObject(schema) ? schema.description : undefined
    return {
      name,
      dtype,
      nullable: nullable || !requires.includes(name),
      ...(typeof description === 'string' && description !== '' ? { description } : {}),
    }
  })
}

function readHints(
  named: unknown,
  names: readonly string[],
  { path }: JsonPlace,
): ReadonlyMap<string, unknown> {
  if (named === undefined) return new Map()
  if (!isPlainObject(named)) {
    throw new ValidationError(
      `fieldsOf: Types are named by an object, such as { amount: Float64 }, but received ${describe(named)}.`,
    )
  }
  for (const name of Object.keys(named)) {
    if (names.includes(name)) continue
    throw new ValidationError(
      `fieldsOf: A type is named for "${path === '' ? name : `${path}.${name}`}", which the schema does not have; it has ${names.join(', ')}.`,
    )
  }
  return new Map(Object.entries(named).filter(([, type]) => type !== undefined))
}

function readColumn(
  schema: unknown,
  hint: unknown,
  place: JsonPlace,
  depth: number,
): { readonly dtype: AnyType; readonly nullable: boolean } {
  if (depth > maxNestingDepth) {
    throw refusal(place, `more than ${maxNestingDepth} levels`, 'Keep the rest as text of JSON.')
  }
  const node = readJsonNode(schema, place)
  const { kind, nullable } = node
  // What nests may have types named for what is in it; whatever else is no type is refused as one.
  const isNested = isPlainObject(hint) && hint['~check'] === undefined && kind === 'object'
  if (hint === undefined || isNested) return { dtype: typeOf(node, hint, place, depth), nullable }
  const dtype = requireType(`fieldsOf, "${place.path}"`, hint)
  requireFit(node, dtype, place)
  return { dtype, nullable }
}

function typeOf(node: JsonNode, hints: unknown, place: JsonPlace, depth: number): AnyType {
  const { kind, keywords } = node
  const name = place.path.replace(/^.*\./, '').replace(/[[\]{}]+$/, '')
  switch (kind) {
    case 'string':
      return keywords.format === 'date-time' ? timestamp : string
    case 'boolean':
      return bool
    case 'integer':
      throw refusal(place, 'integers', `Name their width: { ${name}: Int64 }, or Int32.`)
    case 'number':
      throw refusal(place, 'numbers', `Name their width: { ${name}: Float64 }, Float32 or Int64.`)
    case 'array': {
      if (Array.isArray(keywords.prefixItems) || Array.isArray(keywords.items)) {
        throw refusal(place, 'a tuple', 'Write it as an object, with a name for each member.')
      }
      return array(memberType(keywords.items, `${place.path}[]`, node, place, depth))
    }
    case 'object': {
      const { additionalProperties: values } = keywords
      const hasNames =
        isPlainObject(keywords.properties) && Object.keys(keywords.properties).length > 0
      if (hasNames) return struct(fieldsOfNode(node, hints, place, depth + 1))
      if (isPlainObject(values)) {
        return map(string, memberType(values, `${place.path}{}`, node, place, depth))
      }
      throw refusal(
        place,
        'an object of which nothing is said',
        'Name its properties, or a type for it.',
      )
    }
    case 'any':
      throw refusal(
        place,
        'values of which JSON Schema says nothing',
        `Name their type: { ${name}: Timestamp }, say.`,
      )
  }
}

/** Members of lists and maps have no columns of their own, so a type is named for the whole. */
function memberType(
  schema: unknown,
  path: string,
  node: JsonNode,
  { root }: JsonPlace,
  depth: number,
): AnyType {
  const place = { path, root, trail: node.trail }
  const { dtype, nullable } = readColumn(schema ?? true, undefined, place, depth + 1)
  if (!nullable) return dtype
  throw refusal(place, 'members that may be null', 'Members never are; leave them out instead.')
}

function requireFit(node: JsonNode, type: AnyType, place: JsonPlace): void {
  const { kind, keywords } = node
  if (kind === 'any') return
  if (!fitting[type.kind]?.includes(kind)) {
    throw refusal(place, `values of ${kind}`, `They are no ${type.kind}: name another type.`)
  }
  const within = (path: string): JsonPlace => ({ path, root: place.root, trail: node.trail })
  const check = (schema: unknown, inner: AnyType, path: string): void =>
    requireFit(readJsonNode(schema ?? true, within(path)), inner, within(path))
  if (isArrayType(type)) check(keywords.items, type.element, `${place.path}[]`)
  if (isMapType(type) && isPlainObject(keywords.additionalProperties)) {
    check(keywords.additionalProperties, type.value, `${place.path}{}`)
  }
  if (!isStructType(type) || !isPlainObject(keywords.properties)) return
  for (const { name, dtype } of type.fields) {
    if (!Object.hasOwn(keywords.properties, name)) {
      throw refusal(place, `no "${name}"`, 'A struct that is named has the fields of the schema.')
    }
    check(keywords.properties[name], dtype, `${place.path}.${name}`)
  }
}

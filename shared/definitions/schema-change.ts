import type { AnyType } from '../fields/data-type.ts'
import { encodeType } from '../fields/encode-fields.ts'
import type { AnyField } from '../fields/field.ts'
import { isArrayType, isMapType, isStructType } from '../fields/nested-types.ts'

/** One thing that a later schema has otherwise; `field` is a path, `address.zip` or `tags[].label`. */
export type SchemaDifference =
  | { readonly kind: 'added'; readonly field: string; readonly type: string }
  | {
      readonly kind: 'widened'
      readonly field: string
      readonly from: string
      readonly to: string
    }
  | { readonly kind: 'made_nullable'; readonly field: string }
  | { readonly kind: 'deprecated' | 'no_longer_deprecated'; readonly field: string }
  | { readonly kind: 'reordered'; readonly field: string }
  | { readonly kind: 'described'; readonly field: string }

/** What a later schema of a source does to an earlier one. */
export type SchemaChange =
  /** Records of both are records of the later one; no differences where the schemas are the same. */
  | { readonly compatible: true; readonly differences: readonly SchemaDifference[] }
  /** A sentence for each field that stands in the way: what it was, what it would be, why not, what to do. */
  | { readonly compatible: false; readonly reasons: readonly string[] }

/** Types whose every value is one of the other, with the same canonical text. */
const wider: { readonly [kind: string]: readonly string[] } = {
  int32: ['int64', 'float64'],
  float32: ['float64'],
}

/**
 * Tells whether records of an earlier schema can be read by a later one, and what is different. A later schema
 * may add nullable fields at any place, widen Int32 to Int64 or Float64 and Float32 to Float64, make a field
 * nullable, deprecate it, and order fields otherwise, in structs, arrays and maps too; it never removes or
 * narrows. Reflexive and transitive: what two changes may do one after the other, one may do at once.
 */
export function schemaChange(
  before: readonly AnyField[],
  after: readonly AnyField[],
): SchemaChange {
  const found: Found = { differences: [], reasons: [] }
  compareFields('', before, after, found)
  const { differences, reasons } = found
  return reasons.length > 0 ? { compatible: false, reasons } : { compatible: true, differences }
}

interface Found {
  readonly differences: SchemaDifference[]
  readonly reasons: string[]
}

function compareFields(
  under: string,
  before: readonly AnyField[],
  after: readonly AnyField[],
  { differences, reasons }: Found,
): void {
  const old = new Map(before.map(field => [field.name, field]))
  const now = new Map(after.map(field => [field.name, field]))
  for (const { name, dtype } of before) {
    if (now.has(name)) continue
    reasons.push(
      `The field "${under}${name}" (${nameOf(dtype)}) would be removed, and stored records have it; keep it, and mark it as { nullable: true, deprecated: true }.`,
    )
  }
  for (const field of after) {
    const known = old.get(field.name)
    const path = `${under}${field.name}`
    if (known !== undefined) compareField(path, known, field, { differences, reasons })
    else if (field.nullable) {
      differences.push({ kind: 'added', field: path, type: nameOf(field.dtype) })
    } else {
      reasons.push(
        `The field "${path}" (${nameOf(field.dtype)}) would be added and is never null, and stored records lack it; add it with { nullable: true }.`,
      )
    }
  }
  const kept = after.filter(({ name }) => old.has(name))
  const remaining = before.filter(({ name }) => now.has(name))
  const moved = kept.find(({ name }, at) => remaining[at]?.name !== name)
  if (moved !== undefined) differences.push({ kind: 'reordered', field: `${under}${moved.name}` })
}

function compareField(path: string, before: AnyField, after: AnyField, found: Found): void {
  const { differences, reasons } = found
  if (before.nullable && !after.nullable) {
    reasons.push(
      `The field "${path}" is nullable and would never be null, and stored records may lack it; keep { nullable: true }.`,
    )
  }
  if (!before.nullable && after.nullable) differences.push({ kind: 'made_nullable', field: path })
  const [was, is] = [before.deprecated === true, after.deprecated === true]
  if (was !== is) {
    differences.push({ kind: is ? 'deprecated' : 'no_longer_deprecated', field: path })
  }
  if (before.description !== after.description) {
    differences.push({ kind: 'described', field: path })
  }
  compareTypes(path, before.dtype, after.dtype, found)
}

function compareTypes(path: string, before: AnyType, after: AnyType, found: Found): void {
  if (isStructType(before) && isStructType(after)) {
    compareFields(`${path}.`, before.fields, after.fields, found)
  } else if (isArrayType(before) && isArrayType(after)) {
    compareTypes(`${path}[]`, before.element, after.element, found)
  } else if (isMapType(before) && isMapType(after)) {
    compareTypes(`${path}{}`, before.value, after.value, found)
  } else if (before.kind !== after.kind) {
    const [from, to] = [nameOf(before), nameOf(after)]
    if (wider[before.kind]?.includes(after.kind) === true) {
      found.differences.push({ kind: 'widened', field: path, from, to })
    } else {
      found.reasons.push(
        `The field "${path}" is ${from} and would be ${to}, which does not hold every stored value; keep ${from}, or add a field of another name.`,
      )
    }
  }
}

const names: { readonly [kind: string]: string } = {
  string: 'String',
  bool: 'Bool',
  int32: 'Int32',
  int64: 'Int64',
  float32: 'Float32',
  float64: 'Float64',
  timestamp: 'Timestamp',
}

/** A type as a definition writes it. */
function nameOf(type: AnyType): string {
  if (isArrayType(type)) return `Array(${nameOf(type.element)})`
  if (isMapType(type)) return `Map(String, ${nameOf(type.value)})`
  if (isStructType(type)) {
    return `Struct([${type.fields.map(({ name, dtype }) => `${name} ${nameOf(dtype)}`).join(', ')}])`
  }
  return names[type.kind] ?? JSON.stringify(encodeType(type))
}

import type { RecordRefusal } from '../check-record.ts'
import type { Canonical, CanonicalRecord } from '../fields/data-type.ts'
import { encodeType } from '../fields/encode-fields.ts'
import type { AnyField } from '../fields/field.ts'
import { ValidationError } from '../fields/validation-error.ts'
import { utf8Length } from '../utf8-length.ts'
import { maxRecordBytes } from '../wire-limits.ts'
import { compileNode, type TypedNode } from './compile-expression.ts'
import type { ExpressionNode } from './expression.ts'
import { canonicalOf, sqlOutput } from './leaf-operators.ts'
import { sqlName } from './sql-pieces.ts'

/** What becomes of a record: a row, nothing where the filter leaves it out, or why there can be none. */
export interface Translation {
  /** Canonical by the schema of rows. */
  readonly record?: CanonicalRecord
  readonly refusal?: RecordRefusal
}

/** Makes rows of records: the same in client, gateway and DuckDB. */
export interface Translator {
  /** Makes a row of a record's canonical values. Total. */
  translate(record: { readonly [field: string]: unknown }): Translation
  /** The same for a record that is pushed: refuses rows that are larger than records may be. */
  admit(record: { readonly [field: string]: unknown }): Translation
  /** The fields of records that rows depend on: others need not be read. */
  readonly inputs: ReadonlySet<string>
  /** Columns of DuckDB that make the same rows of parts; timestamps are TIMESTAMP in UTC. */
  readonly columns: string
  /** The condition that goes with them. */
  readonly condition: string
}

/** What a post-processor consists of. */
export interface TranslatorParts {
  readonly filter?: ExpressionNode
  readonly select: { readonly [field: string]: ExpressionNode }
}

/**
 * Makes the translator from records by one schema to rows by another. Throws a ValidationError where they do not
 * fit: it names the field, what is wanted, what there is and how to mend it.
 */
export function makeTranslator(
  { filter, select }: TranslatorParts,
  input: readonly AnyField[],
  output: readonly AnyField[],
  where: string,
): Translator {
  requireKnown(where, Object.keys(select), output)
  const kept = filter && compileNode(filter, input, `${where}, filter`)
  if (kept !== undefined && kept.dtype.kind !== 'bool') {
    throw new ValidationError(
      `${where}, filter: It is a bool but received ${kept.dtype.kind}; compare with eq, lt or others.`,
    )
  }
  const columns = output.map(field => {
    const node = Object.hasOwn(select, field.name) ? select[field.name] : undefined
    const inField = `${where}, select.${field.name}`
    return { field, typed: fitting(inField, node && compileNode(node, input, inField), field) }
  })
  const translate: Translator['translate'] = record => {
    if (kept !== undefined && kept.compute(record) !== true) return {}
    const row: { [field: string]: Canonical } = {}
    for (const { field, typed } of columns) {
      const value = typed === undefined ? null : canonicalOf(typed.compute(record), field.dtype)
      if (value === null && !field.nullable) return { refusal: noValue(field) }
      row[field.name] = value
    }
    return { record: row }
  }
  return Object.freeze({
    translate,
    // Only then: a later schema's rows have more fields, and what was admitted has its row for ever.
    admit(record: Parameters<typeof translate>[0]) {
      const { record: row, refusal } = translate(record)
      if (row === undefined) return refusal === undefined ? {} : { refusal }
      const bytes = utf8Length(JSON.stringify(row))
      return bytes > maxRecordBytes ? { refusal: tooLarge(bytes) } : { record: row }
    },
    inputs: new Set([filter, ...Object.values(select)].flatMap(columnsIn)),
    get columns() {
      return columns
        .map(({ field, typed }) => {
          const sql = typed === undefined ? 'NULL' : sqlOutput(typed.sql(), field.dtype)
          return `${sql} AS ${sqlName(field.name)}`
        })
        .join(', ')
    },
    get condition() {
      return kept?.sql() ?? 'true'
    },
  })
}

/** Names of the columns that a tree is made of. */
function columnsIn(node: ExpressionNode | undefined): readonly string[] {
  if (node?.op === 'column') return [String(node.name)]
  return node?.args?.flatMap(columnsIn) ?? []
}

function requireKnown(where: string, names: readonly string[], output: readonly AnyField[]): void {
  for (const name of names) {
    if (output.some(field => field.name === name)) continue
    throw new ValidationError(
      `${where}: select gives "${name}", which is no field of the source's schema; the fields are ${output.map(field => field.name).join(', ')}.`,
    )
  }
}

/** Holds what is selected to its field: the very type, and nullable only if the field is. */
function fitting(
  where: string,
  typed: TypedNode | undefined,
  { dtype, nullable }: AnyField,
): TypedNode | undefined {
  if (typed === undefined) {
    if (nullable) return undefined
    throw new ValidationError(
      `${where}: The schema needs it and select does not give it; select it, or make the field nullable.`,
    )
  }
  const [wanted, given] = [dtype, typed.dtype].map(type => JSON.stringify(encodeType(type)))
  if (wanted !== given) {
    throw new ValidationError(
      `${where}: The schema says ${wanted} but the expression gives ${given}; cast it, or change the schema.`,
    )
  }
  if (!typed.nullable || nullable) return typed
  throw new ValidationError(
    `${where}: The schema says that it is never null, but what it is made of may be; write orElse(x, …), or make the field nullable.`,
  )
}

function noValue({ name, dtype }: AnyField): RecordRefusal {
  return {
    field: name,
    code: 'null_field',
    reason: `"${name}": The post-processor gave no value, and the schema says ${dtype.kind}, never null.`,
  }
}

function tooLarge(bytes: number): RecordRefusal {
  return {
    code: 'record_too_large',
    reason: `The post-processor made a row of ${bytes} bytes; the limit is ${maxRecordBytes}.`,
  }
}

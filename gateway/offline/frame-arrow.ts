import {
  bool,
  Column,
  columnFromArray,
  type DataType,
  Endianness,
  type Field,
  field,
  float32,
  float64,
  int32,
  int64,
  list,
  map,
  struct,
  Table,
  TimeUnit,
  tableToIPC,
  timestamp,
  utf8,
  Version,
} from '@uwdata/flechette'
import type { AnyType } from '../../shared/fields/data-type.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import type { FrameStep } from './data-frame.ts'
import { type ScalarName, shapeOf } from './nested-type.ts'
import { toParquet } from './parquet-values.ts'
import type { Row } from './read-part.ts'

/** What ends a stream: the mark of a message, and a length of zero. */
const endBytes = 8

/**
 * Writes a data frame as an Arrow IPC stream: the schema, a record batch for each step of the reading, the end. One
 * that broke off lacks the end. Cost: some µs a row, and a batch of at most 10,000 rows in memory.
 */
export async function* frameArrow(
  columns: readonly AnyField[],
  steps: AsyncIterable<FrameStep>,
): AsyncGenerator<Uint8Array> {
  const encode = batchEncoder(columns)
  const none = encode([])
  const schemaBytes = schemaLength(none)
  yield none.slice(0, schemaBytes)
  for await (const { rows } of steps) {
    if (rows.length > 0) yield encode(rows).slice(schemaBytes, -endBytes)
  }
  yield none.slice(-endBytes)
}

/** Gives a function that writes rows as a stream of their own: each has the same schema, one batch and the end. */
function batchEncoder(columns: readonly AnyField[]): (rows: readonly Row[]) => Uint8Array {
  const written = columns.map(({ name, dtype }) => {
    return { name, convert: toParquet(dtype), type: arrowType(dtype, int64()) }
  })
  const schema = {
    version: Version.V5,
    endianness: Endianness.Little,
    fields: columns.map(column => arrowField(column, timestamp(TimeUnit.MICROSECOND, 'UTC'))),
    metadata: null,
  }
  return rows => {
    const built = written.map(({ name, convert, type }) => {
      const values = rows.map(row => convert(row[name] ?? null))
      return new Column([...columnFromArray(values, type).data], type)
    })
    const bytes = tableToIPC(new Table(schema, built), { format: 'stream' })
    if (bytes === null) throw new TypeError('A batch in memory gave no bytes.')
    return bytes
  }
}

/** A stream's first message is its schema: four bytes that mark it, four for the length of what follows. */
function schemaLength(stream: Uint8Array): number {
  return 8 + new DataView(stream.buffer, stream.byteOffset).getInt32(4, true)
}

const scalars: { readonly [name in Exclude<ScalarName, 'timestamp'>]: () => DataType } = {
  string: utf8,
  bool,
  int32,
  int64,
  float32,
  float64,
}

/**
 * `time` is what a timestamp is: declared as microseconds UTC, and built as the integers that they are, since the
 * builder would take them as milliseconds in floating point.
 */
function arrowType(type: AnyType, time: DataType): DataType {
  const shape = shapeOf(type)
  switch (shape.kind) {
    case 'scalar':
      return shape.name === 'timestamp' ? time : scalars[shape.name]()
    case 'array':
      return list(field('item', arrowType(shape.element, time), false))
    case 'map': {
      const value = field('value', arrowType(shape.value, time), false)
      return map(field('key', utf8(), false), value)
    }
    case 'struct':
      return struct(shape.fields.map(member => arrowField(member, time)))
  }
}

function arrowField({ name, dtype, nullable }: AnyField, time: DataType): Field {
  return field(name, arrowType(dtype, time), nullable)
}

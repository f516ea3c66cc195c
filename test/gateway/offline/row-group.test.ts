import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { parquetReadObjects } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { expect, it } from 'vitest'
import { addedColumns, needsPlain, parquetSchema } from '../../../gateway/offline/parquet-schema.ts'
import { toParquet } from '../../../gateway/offline/parquet-values.ts'
import { partColumns, storedColumns, writeRowGroup } from '../../../gateway/offline/row-group.ts'
import { recordSchema } from '../../../shared/record-schema.ts'
import { type AnyField, Field, Int64, String, Timestamp } from '../../../shared/types.ts'
import { arbitraryFieldList, recordsOf } from '../../shared/arbitrary-fields.ts'

type Row = { readonly [field: string]: unknown }

function newParquet(fields: readonly AnyField[]): ParquetWriter {
  return new ParquetWriter({
    writer: new ByteWriter(),
    schema: parquetSchema(fields),
    codec: 'GZIP',
    compressors: { GZIP: bytes => gzipSync(bytes, { level: 1 }) },
  })
}

async function written(parquet: ParquetWriter): Promise<Uint8Array<ArrayBuffer>> {
  await parquet.finish()
  return new Uint8Array(parquet.writer.getBytes())
}

/** As this gateway writes it. */
async function ours(fields: readonly AnyField[], rows: readonly Row[]) {
  const columns = [...partColumns(fields), ...storedColumns()]
  const parquet = newParquet(fields)
  await writeRowGroup(parquet, columns, [
    ...fields.map(({ name }, at) => rows.map(row => columns[at]?.convert(row[name]))),
    ...addedColumns.map(() => rows.map((_, at) => at)),
  ])
  return written(parquet)
}

/** As the library writes it, every INT64 a bigint. */
async function theirs(fields: readonly AnyField[], rows: readonly Row[]) {
  const parquet = newParquet(fields)
  await parquet.write({
    columnData: [
      ...fields.map(({ name, dtype }) => ({
        name,
        data: rows.map(row => toParquet(dtype)(row[name])),
        ...(needsPlain(dtype) ? { encoding: 'PLAIN' as const } : {}),
      })),
      ...addedColumns.map(name => ({
        name,
        data: rows.map((_, at) => (name === '_partition' ? at : BigInt(at))),
      })),
    ],
    rowGroupSize: rows.length,
  })
  return written(parquet)
}

it('writes any rows as the library does, byte for byte', async () => {
  const cases = arbitraryFieldList.chain(list => {
    const fields = list.map(({ field }) => field)
    const schema = recordSchema(fields)
    const canonical = recordsOf(list).map(record => {
      const checked = schema['~run']({ value: record }, {})
      return checked.typed ? [checked.value] : []
    })
    return fc.record({
      fields: fc.constant(fields),
      // Few records many times: their columns become dictionaries.
      rows: fc
        .tuple(
          fc.array(canonical, { minLength: 1, maxLength: 20 }),
          fc.integer({ min: 1, max: 30 }),
        )
        .map(([some, times]) => Array.from({ length: times }, () => some.flat()).flat()),
    })
  })
  await fc.assert(
    fc.asyncProperty(cases, async ({ fields, rows }) => {
      if (rows.length === 0) return
      expect(await ours(fields, rows)).toEqual(await theirs(fields, rows))
    }),
    { numRuns: 500 },
  )
})

const edges = [
  Field('text', String, { nullable: true }),
  Field('count', Int64, { nullable: true }),
  Field('at', Timestamp, { nullable: true }),
]

it('writes edges as the library does', async () => {
  const texts = [
    '',
    'a',
    'ab',
    '\x7f',
    '\x80',
    'é',
    '\uffff',
    '\u{10000}',
    '\ud7ff',
    '\ue000',
    'x'.repeat(65),
    null,
  ]
  const counts = [0, -1, 2 ** 53 - 1, 1 - 2 ** 53, '9007199254740992', '-9007199254740992']
  const moments = [
    '0001-01-01T00:00:00.000000Z',
    '1684-07-28T00:12:25.259008Z',
    '1684-07-28T00:12:25.259009Z',
    '1969-12-31T23:59:59.999999Z',
    '1970-01-01T00:00:00.000000Z',
    '2255-06-05T23:47:34.740991Z',
    '2255-06-05T23:47:34.740992Z',
    '9999-12-31T23:59:59.999999Z',
  ]
  const more = [...counts, '9223372036854775807', '-9223372036854775808', null]
  const rows = texts.flatMap(text =>
    more.flatMap(count => [...moments, null].map(at => ({ text, count, at }))),
  )
  expect(await ours(edges, rows)).toEqual(await theirs(edges, rows))
  const empty = rows.map(() => ({}))
  expect(await ours(edges, empty)).toEqual(await theirs(edges, empty))
})

it('leaves columns of more than a page to the library', async () => {
  const rows = Array.from({ length: 40 }, (_, at) => ({ text: `${at}`.repeat(30_000) }))
  const bytes = await ours(edges, rows)
  expect(bytes).toEqual(await theirs(edges, rows))
  const read = await parquetReadObjects({
    file: { byteLength: bytes.length, slice: (start, end) => bytes.buffer.slice(start, end) },
    compressors: { GZIP: input => gunzipSync(input) },
    columns: ['text'],
  })
  expect(read).toEqual(rows)
})

it.each([
  ['at', '2025-01-01T00:00:00Z'],
  ['at', '2025-01-01T00:00:60.000000Z'],
  ['at', '2025-13-01T00:00:00.000000Z'],
  ['at', '2025-01-01T00:00:0x.000000Z'],
  ['at', '2025-01-01T00:00:00.00000xZ'],
  ['at', 7],
  ['count', 1.5],
  ['count', 'x'],
  ['count', '9223372036854775808'],
  ['text', 7],
])('refuses a stored %s of %s', async (field, value) => {
  const row = { at: '2025-01-01T00:00:00.000000Z', count: 1, text: 'a' }
  await expect(ours(edges, [row, { ...row, [field]: value }])).rejects.toThrow()
})

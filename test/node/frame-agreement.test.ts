import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { columnIds } from '../../gateway/offline/column-ids.ts'
import type { FrameStep } from '../../gateway/offline/data-frame.ts'
import { frameCsv } from '../../gateway/offline/frame-csv.ts'
import { frameNdjson } from '../../gateway/offline/frame-ndjson.ts'
import { frameParquet } from '../../gateway/offline/frame-parquet.ts'
import type { Row } from '../../gateway/offline/read-part.ts'
import { checkRecord } from '../../shared/check-record.ts'
import { isArrayType, isMapType, isStructType } from '../../shared/fields/nested-types.ts'
import { parseExactJson } from '../../shared/parse-exact-json.ts'
import { type AnyField, type AnyType, Field, Int64, Map, String } from '../../shared/types.ts'
import { type Duck, openDuck } from '../line/support/duckdb.ts'
import { normalRow } from '../line/support/normal-form.ts'
import { arbitraryFieldList, recordsOf } from '../shared/arbitrary-fields.ts'

let duck: Duck
let folder = ''
beforeAll(async () => {
  duck = await openDuck()
  folder = await mkdtemp(join(tmpdir(), 'tidegate-agreement-'))
})
afterAll(async () => {
  await duck.close()
  await rm(folder, { recursive: true })
})

const frames = arbitraryFieldList.chain(list =>
  fc
    .array(fc.array(recordsOf(list), { maxLength: 5 }), { maxLength: 4 })
    .map(lots => ({ fields: list.map(({ field }) => field), lots })),
)

async function whole(pieces: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(Buffer.from(piece))
  return Buffer.concat(all)
}

const sqlTypes: { readonly [kind: string]: string } = {
  bool: 'BOOLEAN',
  int32: 'INTEGER',
  int64: 'BIGINT',
  float32: 'FLOAT',
  float64: 'DOUBLE',
}
const isNested = (type: AnyType) => isArrayType(type) || isMapType(type) || isStructType(type)

/** A row of CSV as NDJSON would have it: nested values and times are texts there. */
function fromCsv(fields: readonly AnyField[], row: object): object {
  const cells = new globalThis.Map(Object.entries(row))
  return Object.fromEntries(
    fields.map(({ name, dtype }) => {
      const cell: unknown = cells.get(name)
      return [name, isNested(dtype) && cell !== null ? parseExactJson(`${cell}`) : cell]
    }),
  )
}

it('Parquet and CSV are read by another engine as the rows that NDJSON has, whatever the schema', async () => {
  let files = 0
  await fc.assert(
    fc.asyncProperty(frames, async ({ fields, lots }) => {
      const steps = lots.map((records, offset): FrameStep => {
        const rows = records.map((record): Row => checkRecord(fields, record, 1).record)
        return { rows, reached: { partition: 0, offset } }
      })
      const given = async function* () {
        yield* steps
      }
      const text = `${await whole(frameNdjson(fields, given()))}`
      const lines = text === '' ? [] : text.slice(0, -1).split('\n')
      const wanted = lines.map(line => normalRow('data frame', fields, parseExactJson(line)))

      const parquet = join(folder, `${files++}.parquet`)
      await writeFile(parquet, await whole(frameParquet(fields, columnIds([fields]), given())))
      const fromParquet = await duck.rows(`SELECT * FROM '${parquet}'`)
      expect(fromParquet.map(row => normalRow('DuckDB', fields, row))).toEqual(wanted)

      const csv = join(folder, `${files++}.csv`)
      await writeFile(csv, await whole(frameCsv(fields, given(), false)))
      const types = fields.map(
        ({ name, dtype }) => `"${name}": '${sqlTypes[dtype.kind] ?? 'VARCHAR'}'`,
      )
      const cells = await duck.rows(
        `SELECT * FROM read_csv('${csv}', header = true, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, auto_detect = false, strict_mode = true, columns = {${types}})`,
      )
      const rows = cells.map(row => fromCsv(fields, Object(row)))
      expect(rows.map(row => normalRow('data frame', fields, row))).toEqual(wanted)
    }),
    { numRuns: 150 },
  )
})

it('a Parquet file of nested columns and long texts is whole, however many row groups it has', async () => {
  const fields: AnyField[] = [
    Field('n', Int64),
    Field('tags', Map(String, Int64), { nullable: true }),
    Field('text', String),
  ]
  const [count, long] = [25_000, 'ä'.repeat(60_000)]
  const recordOf = (n: number) => ({
    n,
    tags: n % 3 === 0 ? null : { n },
    // So long that one row group ends early, by its text.
    text: n < 200 ? `${n}${long}` : `${n}`,
  })
  const given = async function* (): AsyncGenerator<FrameStep> {
    for (let first = 0; first < count; first += 1_000) {
      const rows = Array.from(
        { length: 1_000 },
        (_, at): Row => checkRecord(fields, recordOf(first + at), 1).record,
      )
      yield { rows, reached: { partition: 0, offset: first + 999 } }
    }
  }
  const path = join(folder, 'nested.parquet')
  await writeFile(path, await whole(frameParquet(fields, columnIds([fields]), given())))
  const right = `text = n::VARCHAR || CASE WHEN n < 200 THEN repeat('ä', 60000) ELSE '' END AND CASE WHEN n % 3 = 0 THEN tags IS NULL ELSE tags['n'] = n AND cardinality(tags) = 1 END`
  expect(
    await duck.rows(
      `SELECT count(*) AS rows, count(DISTINCT n) AS n, count(*) FILTER (WHERE ${right}) AS good, (SELECT count(DISTINCT row_group_id) FROM parquet_metadata('${path}')) AS groups FROM '${path}'`,
    ),
  ).toEqual([{ rows: count, n: count, good: count, groups: 4 }])
})

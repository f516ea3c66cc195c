import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableFromIPC } from '@uwdata/flechette'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { columnIds } from '../../gateway/offline/column-ids.ts'
import type { FrameStep } from '../../gateway/offline/data-frame.ts'
import { frameArrow } from '../../gateway/offline/frame-arrow.ts'
import { frameParquet } from '../../gateway/offline/frame-parquet.ts'
import type { Row } from '../../gateway/offline/read-part.ts'
import { checkRecord } from '../../shared/check-record.ts'
import { csvHeader, csvLines } from '../../shared/csv.ts'
import { isArrayType, isMapType, isStructType } from '../../shared/fields/nested-types.ts'
import { isPlainObject } from '../../shared/fields/plain-object.ts'
import { microsOf } from '../../shared/timestamp.ts'
import { type AnyField, type AnyType, Field, Int64, String } from '../../shared/types.ts'
import { type Duck, openDuck } from '../line/support/duckdb.ts'
import { arbitraryFieldList, recordsOf } from '../shared/arbitrary-fields.ts'

let duck: Duck
let folder = ''
beforeAll(async () => {
  duck = await openDuck()
  folder = await mkdtemp(join(tmpdir(), 'tidegate-frames-'))
})
afterAll(async () => {
  await duck.close()
  await rm(folder, { recursive: true })
})

it('CSV is read by another engine as it was written, empty texts and nulls apart', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'é', ',', '"', '\n', '\r', ' ', ';', '𝄞', "'"),
  })
  const columns = [Field('first', String), Field('n', Int64), Field('last', String)]
  const rows = fc.array(
    fc.record({
      first: fc.option(text),
      n: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
      last: fc.option(text),
    }),
    { minLength: 1, maxLength: 20 },
  )
  const path = join(folder, 'rows.csv')
  await fc.assert(
    fc.asyncProperty(rows, async rows => {
      await writeFile(path, csvHeader(columns) + rows.map(csvLines(columns)).join(''))
      const read = await duck.rows(
        `SELECT * FROM read_csv('${path}', header = true, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, auto_detect = false, columns = {first: 'VARCHAR', n: 'BIGINT', last: 'VARCHAR'})`,
      )
      expect(read).toEqual(
        rows.map(({ n, ...row }) => ({
          ...row,
          n: Number.isSafeInteger(Number(n)) ? Number(n) : n,
        })),
      )
    }),
    { numRuns: 60 },
  )
})

it('a Parquet file of many row groups is given piece by piece, none larger than a group', async () => {
  const fields: AnyField[] = [Field('n', Int64), Field('text', String)]
  const count = 45_000
  async function* steps(): AsyncGenerator<FrameStep> {
    for (let first = 0; first < count; first += 900) {
      const rows = Array.from({ length: 900 }, (_, at): Row => {
        const { record } = checkRecord(
          fields,
          { n: first + at, text: `${first}`.padEnd(50, 'x') },
          1,
        )
        return record
      })
      yield { rows, reached: { partition: 0, offset: first + 899 } }
    }
  }
  const pieces: Uint8Array[] = []
  for await (const bytes of frameParquet(fields, columnIds([fields]), steps())) pieces.push(bytes)
  const path = join(folder, 'rows.parquet')
  await writeFile(path, Buffer.concat(pieces))
  const groups = await duck.rows(
    `SELECT DISTINCT row_group_id AS id, row_group_num_rows AS n FROM parquet_metadata('${path}') ORDER BY id`,
  )
  expect(groups.map(group => Object.values(group ?? {})[1])).toEqual([
    10_000, 10_000, 10_000, 10_000, 5_000,
  ])
  expect(
    await duck.rows(
      `SELECT count(*) AS n, sum(n) AS sum, count(DISTINCT text) AS texts FROM '${path}'`,
    ),
  ).toEqual([{ n: count, sum: (count * (count - 1)) / 2, texts: 50 }])
  expect(pieces).toHaveLength(5)
  for (const piece of pieces) expect(piece.length).toBeLessThan(200_000)
})

it('a row group ends early where its texts are long', async () => {
  const fields: AnyField[] = [Field('text', String)]
  async function* steps(): AsyncGenerator<FrameStep> {
    for (let at = 0; at < 50; at++) {
      const text = `${at}`.padEnd(500_000, 'x')
      yield { rows: [{ text }, { text }], reached: { partition: 0, offset: at } }
    }
  }
  let pieces = 0
  for await (const _ of frameParquet(fields, columnIds([fields]), steps())) pieces++
  expect(pieces).toBe(Math.ceil(100 / 17))
})

it('Arrow has every value of every type, in as many batches as there were steps', async () => {
  const frames = arbitraryFieldList.chain(list =>
    fc
      .array(fc.array(recordsOf(list), { maxLength: 5 }), { maxLength: 3 })
      .map(lots => ({ fields: list.map(({ field }) => field), lots })),
  )
  await fc.assert(
    fc.asyncProperty(frames, async ({ fields, lots }) => {
      const steps = lots.map((records, offset): FrameStep => {
        const rows = records.map((record): Row => checkRecord(fields, record, 1).record)
        return { rows, reached: { partition: 0, offset } }
      })
      async function* given() {
        yield* steps
      }
      const pieces: Uint8Array[] = []
      for await (const bytes of frameArrow(fields, given())) pieces.push(bytes)
      const table = tableFromIPC(Buffer.concat(pieces), {
        useBigInt: true,
        useBigIntTimestamp: true,
      })
      const rows = steps.flatMap(step => step.rows)
      expect(table.numRows).toBe(rows.length)
      for (const { name, dtype } of fields) {
        const values = [...table.getChild(name)].map(plain)
        expect(values).toEqual(rows.map(row => arrowValue(dtype, row[name])))
      }
      expect(pieces).toHaveLength(2 + lots.filter(lot => lot.length > 0).length)
    }),
  )
})

/** Lists of numbers come as typed arrays. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (ArrayBuffer.isView(value) && Symbol.iterator in value)
    return Array.from(value as Iterable<unknown>, plain)
  if (!isPlainObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}

/** What an Arrow reader gives for a canonical value: exact integers and times as bigints, maps as entries. */
function arrowValue(type: AnyType, value: unknown): unknown {
  if (value === null) return null
  if (type.kind === 'int64') return BigInt(`${value}`)
  if (type.kind === 'timestamp') return microsOf(`${value}`)
  if (isArrayType(type) && Array.isArray(value)) {
    return value.map(member => arrowValue(type.element, member))
  }
  if (isMapType(type) && isPlainObject(value)) {
    return Object.entries(value).map(([key, member]) => [key, arrowValue(type.value, member)])
  }
  if (isStructType(type) && isPlainObject(value)) {
    return Object.fromEntries(
      type.fields.map(({ name, dtype }) => [name, arrowValue(dtype, value[name])]),
    )
  }
  return value
}

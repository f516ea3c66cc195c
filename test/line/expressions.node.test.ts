import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { buildPart } from '../../gateway/offline/build-part.ts'
import { compileExpression } from '../../shared/expressions/compile-expression.ts'
import { canonicalOf } from '../../shared/expressions/leaf-operators.ts'
import { encodeFields } from '../../shared/fields/encode-fields.ts'
import { parseExactJson } from '../../shared/parse-exact-json.ts'
import { recordSchema } from '../../shared/record-schema.ts'
import { microsOf } from '../../shared/timestamp.ts'
import { treeFields, treeRecords } from '../shared/expressions/arbitrary-tree-records.ts'
import { arbitraryTrees } from '../shared/expressions/arbitrary-trees.ts'

/** `EXPRESSION_SEED` draws other trees, `EXPRESSION_RUNS` more of them: 40 trees over 20 records a run. */
const seed = Number(process.env.EXPRESSION_SEED ?? 20_261_121)
const numRuns = Number(process.env.EXPRESSION_RUNS ?? 60)

it('gives for random trees and records what DuckDB gives over the parts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-trees-'))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  // Neither the session's zone nor its order of texts may matter.
  await connection.run("SET TimeZone = 'Pacific/Apia'")
  let files = 0
  const schema = recordSchema(treeFields)
  const counts = { values: 0, nulls: 0 }
  const property = fc.asyncProperty(
    fc.array(treeRecords, { minLength: 20, maxLength: 20 }),
    fc.array(arbitraryTrees, { minLength: 40, maxLength: 40 }),
    async (pushed, trees) => {
      const records = pushed.map(value => {
        const checked = schema['~run']({ value }, {})
        if (!checked.typed) throw new Error(checked.issues[0].message)
        return checked.value
      })
      // DuckDB remembers files that it has read.
      const path = join(folder, `${files++}.parquet`)
      await writeFile(path, await partOf(records.map(record => JSON.stringify(record))))
      const compiled = trees.map(tree => compileExpression(tree, treeFields))
      const outputs = compiled.map(({ sql, dtype }) =>
        dtype.kind === 'float32' ? `CAST(${sql()} AS DOUBLE)` : sql(),
      )
      const query = `SELECT to_json([${outputs.map(sql => `to_json(${sql})`)}])::VARCHAR FROM (SELECT * FROM '${path}' ORDER BY _offset)`
      const rows = (await connection.runAndReadAll(query)).getRows()
      expect(rows.length).toBe(records.length)
      for (const [at, record] of records.entries()) {
        const theirs: unknown = parseExactJson(String(rows[at]?.[0]))
        if (!Array.isArray(theirs)) throw new Error('DuckDB gave no list.')
        for (const [place, { compute, dtype, sql }] of compiled.entries()) {
          const value = compute(record)
          const ours =
            value === null
              ? null
              : dtype.kind === 'timestamp'
                ? exact(microsOf(String(value)))
                : canonicalOf(value, dtype)
          const given = normal(theirs[place])
          counts[given === null ? 'nulls' : 'values']++
          if (Object.is(ours, given)) continue
          throw new Error(
            `With EXPRESSION_SEED=${seed}: ${JSON.stringify(trees[place])}\n${sql()}\nof ${JSON.stringify(record)}\nhere ${JSON.stringify(ours)}, DuckDB ${JSON.stringify(given)}`,
          )
        }
      }
    },
  )
  try {
    await fc.assert(property, { seed, numRuns, endOnFailure: true })
  } finally {
    connection.closeSync()
    instance.closeSync()
    await rm(folder, { recursive: true })
  }
  // Trees that gave nothing but null would agree about nothing.
  expect(counts.values).toBeGreaterThan(counts.nulls / 2)
}, 600_000)

async function partOf(lines: readonly string[]): Promise<Uint8Array> {
  const slices = async function* () {
    yield [{ text: lines.join('\n'), start: 0, ingestUs: 0, version: 1 }]
  }
  const source = {
    id: 's',
    workspaceId: 'w',
    name: 'trees',
    version: 1,
    fields: encodeFields(treeFields),
    logOffline: true,
    partitions: 1,
    views: [],
    tags: {},
    createdUs: 0,
    modifiedUs: 0,
  }
  return (await buildPart(source, 0, slices())).bytes
}

/** An integer as canonical JSON has it. */
function exact(integer: bigint): number | string {
  return canonicalOf(integer, { kind: 'int64', '~check': () => null }) as number | string
}

function normal(value: unknown): unknown {
  if (typeof value === 'bigint') return exact(value)
  return typeof value === 'number' ? value + 0 : value
}

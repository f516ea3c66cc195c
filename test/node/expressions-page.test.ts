import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, expectTypeOf, test } from 'vitest'
import { checkPushed } from '../../client/check-record.ts'
import { payments } from '../../examples/expressions/payments.ts'
import { operand } from '../../shared/expressions/columns.ts'
import { compileExpression } from '../../shared/expressions/compile-expression.ts'
import { canonicalOf } from '../../shared/expressions/leaf-operators.ts'
import * as builders from '../../shared/expressions.ts'
import type { InferRow } from '../../shared/index.ts'
import { parseTimestamp } from '../../shared/timestamp.ts'
import * as types from '../../shared/types.ts'
import { codeOfFile } from '../package/support/fenced-code.ts'

const repo = fileURLToPath(new URL('../..', import.meta.url))
const page = await readFile(`${repo}docs/expressions.md`, 'utf8')

test('the page shows the example, which does what the page says', async () => {
  const example = await readFile(`${repo}examples/expressions/payments.ts`, 'utf8')
  expect(codeOfFile(page, 'payments.ts')).toBe(example)
  const { inputSchema, postProcessor } = payments.streamConfig
  const { translate } = postProcessor['~translator'](inputSchema, payments.schema)
  const sent = { user: { id: 'ANN', kind: null }, amount: '1.5', seen: '2026-01-02T03:00:00Z' }
  const row: InferRow<typeof payments> = {
    user_id: 'ann',
    amt: 1.5,
    happened: '2026-01-02T01:00:00.000000Z',
  }
  expect(translate({ ...sent, seen: parseTimestamp(sent.seen) })).toEqual({ record: row })
  expect(translate({ ...sent, user: { id: 'x', kind: 'robot' } })).toEqual({})
  expect(checkPushed(payments, sent)).toHaveProperty('text')
  expect(checkPushed(payments, { ...sent, amount: 'much' })).toMatchObject({
    code: 'null_field',
    field: 'amt',
  })
  expectTypeOf(row.amt).toBeNumber()
})

const rows = [...page.matchAll(/^\| `(.+?)` \| `(.+?)` \| .* \|$/gm)].map(
  ([, code = '', value = '']) => [code, value] as const,
)

test('the table has every builder', () => {
  const shown = page.slice(page.indexOf('## What there is'))
  const missing = Object.keys(builders).filter(name => !new RegExp(`\\b${name}\\b`).test(shown))
  // What makes or reads trees, and no value.
  expect(missing.sort()).toEqual([
    'postProcess',
    'readExpression',
    'rowSql',
    'toSql',
    'transform',
    'typeOf',
  ])
})

test.each(rows)('%s is %s, also in DuckDB', async (code, value) => {
  const scope = { ...types, ...builders }
  const make = new Function(...Object.keys(scope), `return ${code}`)
  const expression = operand(make(...Object.values(scope)))
  const { compute, dtype } = compileExpression(expression, [])
  const ours = canonicalOf(compute({}), dtype)
  expect(JSON.stringify(ours)).toBe(value)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const reader = await connection.runAndReadAll(
    `SELECT to_json(${builders.toSql(expression, [])})::VARCHAR`,
  )
  const theirs: unknown = JSON.parse(String(reader.getRows()[0]?.[0]))
  const isTime = dtype.kind === 'timestamp' && typeof theirs === 'string'
  expect(isTime ? parseTimestamp(theirs.replace(' ', 'T')) : theirs).toEqual(ours)
  connection.closeSync()
  instance.closeSync()
})

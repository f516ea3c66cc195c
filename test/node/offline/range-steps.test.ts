import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rangeScript } from '../../../client/offline/sql/range-steps.ts'
import { type Duck, openDuck } from '../../line/support/duckdb.ts'
import { naiveFeatures } from '../../support/naive-features.ts'
import { agrees, plain } from './support/agree.ts'
import { type TrainingCase, trainingCase } from './support/random-training.ts'
import { runScript } from './support/run-script.ts'
import { tablesOf, trainingView } from './support/training-table.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

const runs = Number(process.env.TIDEGATE_RUNS ?? 100)

describe('the SQL of features in a range', () => {
  it('covers every moment of every entity once, by what the rule gives then', async () => {
    await fc.assert(
      fc.asyncProperty(trainingCase, fc.integer({ min: -3, max: 12 }), async (one, later) => {
        const startUs = one.base + BigInt(later) * 1_000_000n
        expect(await wrongOf(one, startUs, startUs + 14_000_000n)).toEqual([])
      }),
      { numRuns: runs },
    )
  }, 300_000)
})

/** What differs from the rule at the events' moments and around each row's ends, in words. */
async function wrongOf(
  one: TrainingCase,
  startUs: bigint,
  endUs: bigint,
): Promise<readonly string[]> {
  for (const sql of tablesOf(one)) await duck.execute(sql)
  const found = await runScript(duck, rangeScript([trainingView(one.view)], { startUs, endUs }))
  const rows = found.map(row => ({
    row,
    key: `${row.e},${row.place}`,
    from: microsOf(row._valid_from),
    to: microsOf(row._valid_to),
  }))
  const entities = new Set(
    one.log
      .filter(
        ({ eventUs, ingestUs }) => eventUs !== undefined && (eventUs < endUs || ingestUs < endUs),
      )
      .map(({ key }) => String(key)),
  )
  const wrong = rows.flatMap(({ row, key, from, to }, at) => {
    const next = rows[at + 1]
    const isLast = next?.key !== key
    return [
      ...(from < to && entities.has(key) ? [] : [`row ${at} is of no time, or of nobody`]),
      ...((isLast ? to === endUs : to === next.from) ? [] : [`row ${at} leaves a gap`]),
      ...(isLast || valuesOf(row) !== valuesOf(next.row) ? [] : [`row ${at} ends for nothing`]),
    ]
  })
  for (const key of entities) {
    const own = rows.filter(row => row.key === key)
    if (own[0]?.from !== startUs) wrong.push(`${key} does not begin with the range`)
    const records = one.log.filter(record => String(record.key) === key)
    const moments = own.flatMap(({ from, to }) => [from, from + 1n, to - 1n])
    for (const at of [...moments, ...one.events.map(({ momentUs }) => momentUs)]) {
      if (at < startUs || at >= endUs) continue
      const covering = own.find(({ from, to }) => from <= at && at < to)
      for (const [name, wanted] of naiveFeatures(one.view, records, at)) {
        const got = covering?.row[`v__${name}`]
        if (got !== undefined && agrees(plain(got), wanted)) continue
        wrong.push(`${key} at ${at}, ${name}: ${plain(got)} instead of ${wanted.value}`)
      }
    }
  }
  return wrong
}

function valuesOf({ _valid_from: _, _valid_to: __, ...values }: object & Record<string, unknown>) {
  return JSON.stringify(values, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
}

/** DuckDB writes times as `2026-01-31 12:00:00.000001+00`. */
function microsOf(time: unknown): bigint {
  const [, second = '', fraction = ''] = /^([^.+]+)(?:\.(\d+))?\+00$/.exec(String(time)) ?? []
  return BigInt(Date.parse(`${second}Z`)) * 1_000n + BigInt(fraction.padEnd(6, '0'))
}

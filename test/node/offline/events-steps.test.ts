import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsScript } from '../../../client/offline/sql/events-steps.ts'
import { type Duck, openDuck } from '../../line/support/duckdb.ts'
import { type NaiveView, naiveFeatures } from '../../support/naive-features.ts'
import { agrees, plain } from './support/agree.ts'
import { type LogRecord, type TrainingCase, trainingCase } from './support/random-training.ts'
import { runScript } from './support/run-script.ts'
import { tablesOf, trainingView } from './support/training-table.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

const runs = Number(process.env.TIDEGATE_RUNS ?? 150)

describe('the SQL of features for events', () => {
  it('gives what the rule gives, for random views, logs and moments', async () => {
    await fc.assert(
      fc.asyncProperty(trainingCase, async one => {
        expect(await wrongOf(one)).toEqual([])
      }),
      { numRuns: runs },
    )
  }, 300_000)
})

describe('the order of records', () => {
  const base = 1_700_000_000_000_000n
  const at = (partition: number, offset: number, amt: number, late = 0n): LogRecord => ({
    key: ['a', 1],
    values: { e: 'a', place: 1, amt },
    eventUs: base,
    ingestUs: base + late,
    partition,
    offset,
  })
  const newest: NaiveView = {
    attributes: [{ name: 'amt', column: 'amt' }],
    aggregates: [],
    leadingEdge: 'wall_clock',
  }
  const events = [{ key: ['a', 1], momentUs: base + 9n } as const]

  it.each<readonly [string, readonly LogRecord[]]>([
    ['ingest time before partition', [at(1, 9, 1), at(0, 5, 2, 1n)]],
    ['partition before offset', [at(0, 9, 1), at(1, 5, 2)]],
    ['offset', [at(0, 9, 2), at(0, 5, 1)]],
  ])('goes by %s', async (_, log) => {
    expect(naiveFeatures(newest, log, base + 9n).get('amt')?.value).toBe(2)
    expect(await wrongOf({ base, view: newest, log, events })).toEqual([])
  })

  it('gives null where a sum of floats is not finite', async () => {
    const aggregates = (['sum', 'mean', 'var_pop', 'stddev_samp'] as const).map(name => ({
      name: `the_${name}`,
      column: 'amt',
      kind: 'float64',
      fn: { name },
      window: { kind: 'lifetime' } as const,
    }))
    const view = { attributes: [], aggregates, leadingEdge: 'wall_clock' } as const
    const log = [at(0, 0, 1.7e308), at(0, 1, 1.7e308)]
    expect(await wrongOf({ base, view, log, events })).toEqual([])
  })
})

/** What differs from the rule, in words. */
async function wrongOf(one: TrainingCase): Promise<readonly string[]> {
  for (const sql of tablesOf(one)) await duck.execute(sql)
  const rows = await runScript(duck, eventsScript([trainingView(one.view)], 'events'))
  if (rows.length !== one.events.length) return [`${rows.length} rows`]
  return one.events.flatMap(({ key, momentUs }, at) => {
    const records = one.log.filter(record => String(record.key) === String(key))
    const row: { readonly [name: string]: unknown } = { ...Object(rows[at]) }
    const wrong = row.e === key[0] && row.own === at * 10 ? [] : [`row ${at}: ${row.e} ${row.own}`]
    for (const [name, wanted] of naiveFeatures(one.view, records, momentUs)) {
      const got = row[`v__${name}`]
      if (got === undefined || !agrees(plain(got), wanted)) {
        wrong.push(`event ${at}, ${name}: ${show(got)} instead of ${show(wanted.value)}`)
      }
    }
    return wrong
  })
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? `${member}n` : member))
}

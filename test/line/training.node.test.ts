import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openOffline } from '../../client/offline/index.ts'
import { getWorkspace } from '../../client/workspace/index.ts'
import { FeatureService } from '../../shared/index.ts'
import { type Duck, openDuck } from './support/duckdb.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import type { Line } from './support/line.ts'
import {
  both,
  byShop,
  ofUser,
  payment,
  payments,
  second,
  sums,
} from './support/training-definitions.ts'

let gateway: LineGateway
let duck: Duck
let folder: string
let line: Line
beforeAll(async () => {
  ;[gateway, duck] = await Promise.all([startGateway(), openDuck()])
  folder = await mkdtemp(join(tmpdir(), 'tidegate-training-'))
  line = gateway.line()
  await line.apply([both])
  await push([0, 1, 2, 3, 4, 5, 6])
  await line.roll('payments')
  await push([7, 8, 9, 10, 11])
})
afterAll(async () => {
  await Promise.all([gateway.close(), duck.close()])
  await rm(folder, { recursive: true })
})

async function push(seconds: readonly number[]): Promise<void> {
  // Each client is a producer, so that both partitions get some.
  for (const at of seconds) {
    const client = line.client()
    client.push(payments, payment(at))
    await client.flush()
    await client.close()
  }
}

const workspaceOf = (fetch?: typeof globalThis.fetch) =>
  getWorkspace(line.workspace, {
    url: gateway.url,
    key: line.adminKey,
    ...(fetch === undefined ? {} : { fetch }),
  })
const cacheFolder = () => join(folder, 'cache')
const offline = () => openOffline(workspaceOf(), { cacheFolder: cacheFolder() })

const events = [
  { user: 'u1', shop: 7n, when: second(10), label: 'late' },
  { user: 'u2', shop: 9007199254740993n, when: new Date(second(6)), label: null },
  { user: 'u0', shop: 5, when: '2026-01-01T23:59:59Z', label: 'before' },
  { user: 'nobody', shop: '7', when: '2026-01-02T01:00:12+01:00', label: 'x' },
]
const answer = [
  ['late', 2.5, 9223372036854775010n, second(10), ['t9', '\ufeffé']],
  [null, null, 9223372036854775005n, second(5), ['t6', '\ufeffé']],
  ['before', null, null, null, null],
  ['x', null, null, null, ['t11', '\ufeffé']],
]

describe('getFeaturesForEvents', () => {
  it("gives each event what was known then, of parts and tail, beside the event's own columns", async () => {
    await using frame = await offline().getFeaturesForEvents(both, events, { timestampKey: 'when' })
    expect(frame.columns).toEqual([
      ...['user', 'shop', 'when', 'label'],
      ...['of_user__amt', 'of_user__big', 'of_user__at', 'of_shop__tags'],
    ])
    const rows = await frame.toArray()
    expect(rows.map(row => Object.values(row).slice(3))).toEqual(answer)
    expect(rows[1]).toMatchObject({ user: 'u2', shop: 9007199254740993n, when: second(6) })
    expect(frame.warnings).toEqual([])
  })

  it('gives aggregates of what a transformation leaves, series and secondary keys', async () => {
    const asked = [
      { user: 'u2', when: second(8), order: 9007199254740993n },
      { user: 'none', when: second(8), order: null },
    ]
    const target = FeatureService({ name: 'aggregates', features: [sums, byShop] })
    await using frame = await offline().getFeaturesForEvents(target, asked, {
      timestampKey: 'when',
    })
    const [first, none] = await frame.toArray()
    expect(first).toEqual({
      user: 'u2',
      when: second(8),
      order: 9007199254740993n,
      sums__twice_sum_5s_continuous: 4,
      sums__big_sum_lifetime_continuous: 9223372036854775008n,
      sums__big_last_2_lifetime_continuous: [9223372036854775008n],
      sums__amt_max_2s_series_4s_to_0s_step_2s_continuous: [null, 2],
      sums__at_last_1h_continuous: second(8),
      by_shop__shop_keys_6s: [7n, 9007199254740993n],
      by_shop__amt_count_6s_continuous: [0n, 1n],
    })
    expect(Object.values(none ?? {}).slice(3)).toEqual([
      ...[null, null, [], [null, null], null],
      ...[[], []],
    ])
    const table = await frame.toArrow()
    const series = table.getChild('sums__amt_max_2s_series_4s_to_0s_step_2s_continuous')
    expect([...series.get(0)]).toEqual([null, 2])
  })

  it('fetches a part once for all, and gives the same at the same cut whatever came since', async () => {
    const asked: string[] = []
    const counting = openOffline(
      workspaceOf(async (input, init) => {
        asked.push(input instanceof Request ? input.url : `${input}`)
        return fetch(input, init)
      }),
      { cacheFolder: join(folder, 'once') },
    )
    const ask = async (cuts = {}) => {
      await using frame = await counting.getFeaturesForEvents('both', events, {
        timestampKey: 'when',
        cuts,
      })
      return { rows: await frame.toArray(), cuts: frame.cuts }
    }
    const first = await ask()
    const fetches = () => asked.filter(url => /\/parts\/./.test(url)).length
    const parts = fetches()
    expect(parts).toBeGreaterThan(0)
    await push([12])
    expect(await ask(first.cuts)).toEqual(first)
    expect((await ask()).cuts).not.toEqual(first.cuts)
    expect(fetches()).toBe(parts)
    const kept = await readdir(join(folder, 'once'))
    expect(kept).toHaveLength(parts)
    // What was cut short on disk is not read as a part: it is fetched again.
    await writeFile(join(folder, 'once', kept[0] ?? ''), 'short')
    expect(await ask(first.cuts)).toEqual(first)
    expect(fetches()).toBe(parts + 1)
  })

  it('writes Parquet, CSV and NDJSON, and makes Arrow', async () => {
    await using frame = await offline().getFeaturesForEvents(both, events, { timestampKey: 'when' })
    const path = (ending: string) => join(folder, `frame.${ending}`)
    await frame.toParquet(path('parquet'))
    await frame.toCsv(path('csv'))
    await frame.toNdjson(path('ndjson'))
    const parquet = await duck.rows(
      `SELECT label, of_user__big, of_user__at, of_shop__tags FROM '${path('parquet')}'`,
    )
    expect(parquet[0]).toEqual({
      label: 'late',
      of_user__big: 9223372036854775010n,
      of_user__at: '2026-01-02 00:00:10+00',
      of_shop__tags: ['t9', '\ufeffé'],
    })
    expect(parquet).toHaveLength(4)
    const [header, late] = (await readFile(path('csv'), 'utf8')).split('\r\n')
    expect(header).toBe(frame.columns.join(','))
    expect(late).toBe(
      `u1,7,${second(10)},late,2.5,9223372036854775010,${second(10)},"[""t9"",""\ufeffé""]"`,
    )
    expect((await readFile(path('ndjson'), 'utf8')).split('\n')[0]).toContain(
      '"of_user__big":9223372036854775010,',
    )
    const table = await frame.toArrow()
    expect(table.numRows).toBe(4)
    expect(table.getChild('of_user__big').get(0)).toBe(9223372036854775010n)
  })

  it('takes files of CSV, JSON and Parquet, and keeps leading zeros of keys', async () => {
    const csv = join(folder, 'events.csv')
    await writeFile(csv, `user,shop,when,score\nu1,7,${second(10)},0.5\n007,7,2026-01-02,1\n`)
    const parquet = join(folder, 'events.parquet')
    await duck.execute(
      `COPY (SELECT * FROM read_csv('${csv}', types = {'user': 'VARCHAR'})) TO '${parquet}'`,
    )
    const json = join(folder, 'events.json')
    await writeFile(
      json,
      `[{"user":"u1","shop":7,"when":"${second(10)}","score":0.5},{"user":"007","shop":7,"when":"2026-01-02","score":1}]`,
    )
    for (const file of [csv, parquet, json]) {
      await using frame = await offline().getFeaturesForEvents(
        ofUser,
        { file },
        { timestampKey: 'when' },
      )
      const rows = await frame.toArray()
      expect([file, rows[1]?.user, rows[0]?.of_user__amt, rows[0]?.score]).toEqual([
        file,
        '007',
        2.5,
        0.5,
      ])
    }
  })
})

describe('getFeaturesInRange', () => {
  it('gives a row for each stretch without a change', async () => {
    await using frame = await offline().getFeaturesInRange('of_shop', {
      start: second(6),
      end: second(10),
    })
    expect(await frame.toArray()).toEqual([
      { shop: 7n, _valid_from: second(6), _valid_to: second(7), of_shop__tags: ['t5', '\ufeffé'] },
      { shop: 7n, _valid_from: second(7), _valid_to: second(9), of_shop__tags: ['t7', '\ufeffé'] },
      { shop: 7n, _valid_from: second(9), _valid_to: second(10), of_shop__tags: ['t9', '\ufeffé'] },
      {
        shop: 9007199254740993n,
        _valid_from: second(6),
        _valid_to: second(8),
        of_shop__tags: ['t6', '\ufeffé'],
      },
      {
        shop: 9007199254740993n,
        _valid_from: second(8),
        _valid_to: second(10),
        of_shop__tags: null,
      },
    ])
    expect(
      await offline()
        .getFeaturesInRange(both, { start: second(6), end: second(10) })
        .catch(({ message }) => message),
    ).toMatch(/of one entity/)
  })
})

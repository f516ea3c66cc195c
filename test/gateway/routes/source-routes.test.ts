import { describe, expect, it } from 'vitest'
import { click, clicksSource, latestClick, plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const clicks = clicksSource()
const { view, service } = latestClick(clicks)
const stranger = testWorkspace(1)
await workspace.apply([
  clicks,
  view,
  service,
  clicksSource('empty'),
  clicksSource('unlogged', { logOffline: false }),
  plainSource('timeless'),
  clicksSource('rolled'),
  clicksSource('times'),
])
await stranger.apply([clicks])

const get = (source: string, path: string, headers = {}) =>
  workspace.send(`${workspace.sourcePath(source)}/${path}`, { headers })

describe('GET …/columns', () => {
  it('gives the schema in order', async () => {
    expect((await get('clicks', 'columns')).json).toEqual({ columns: ['user', 'at', 'n', 'score'] })
  })

  it('answers 404 for what was not applied', async () => {
    expect((await get('none', 'columns')).json).toMatchObject({
      status: 404,
      code: 'unknown_source',
    })
    const other = await workspace.send('/api/v1/workspaces/other/sources/clicks/columns')
    expect(other.json).toMatchObject({ status: 404, code: 'unknown_workspace' })
  })
})

describe('GET …/dataframe', () => {
  it('takes [start, end) of the event time, in parts and tail, naive as UTC', async () => {
    await workspace.pushRecords(
      'times',
      [0, 1, 2].map(at => click('u', at)),
    )
    await workspace.send(`${workspace.sourcePath('times')}/roll`, { method: 'POST' })
    await workspace.pushRecords(
      'times',
      [3, 4, 5].map(at => click('u', at)),
    )
    const read = async (query: string) => {
      const rows = await workspace.rows('times', `?columns=n&${query}`)
      return rows.map(row => Object.values(row ?? {})[0])
    }
    const second = (n: number) => `2026-01-02T00:00:0${n}`
    expect(await read('')).toEqual([0, 1, 2, 3, 4, 5])
    expect(await read(`start_time=${second(1)}&end_time=${second(4)}`)).toEqual([1, 2, 3])
    expect(await read(`start_time=${second(5)}Z`)).toEqual([5])
    expect(await read(`end_time=${encodeURIComponent('2026-01-02T01:00:02+01:00')}`)).toEqual([
      0, 1,
    ])
    expect(await read('start_time=2026-01-02')).toHaveLength(6)
    expect(await read('end_time=2026-01-02')).toEqual([])
    expect(await read(`start_time=${second(4)}&end_time=${second(2)}`)).toEqual([])
    // The event time need not be among the columns asked for; the ranges of parts skip none wrongly.
    expect(await read(`start_time=${second(2)}&end_time=${second(3)}`)).toEqual([2])
  })

  it("has the schema's columns, and the added ones when they are asked for", async () => {
    await workspace.pushRecords('clicks', [{ ...click('a', 1), score: 0.5 }, click('b', 2)])
    const expected = (columns: string, added: (offset: number) => object) =>
      workspace.rows('clicks', `?columns=${columns}`).then(rows =>
        expect(rows).toEqual([
          { user: 'a', ...added(0) },
          { user: 'b', ...added(1) },
        ]),
      )
    const check = async () => {
      expect(await workspace.rows('clicks')).toEqual([
        { user: 'a', at: '2026-01-02T00:00:01.000000Z', n: 1, score: 0.5 },
        { user: 'b', at: '2026-01-02T00:00:02.000000Z', n: 2, score: null },
      ])
      await expected('user,_partition,_offset,_version,_ingest_ts', offset => ({
        _partition: 0,
        _offset: offset,
        _version: 1,
        _ingest_ts: expect.stringMatching(/^\d{4}-.*Z$/),
      }))
      await expected('user, user', () => ({}))
    }
    await check()
    await workspace.send(`${workspace.sourcePath('clicks')}/roll`, { method: 'POST' })
    await check()
  })

  it('ends every row in a line feed, and says its type', async () => {
    const { text, headers } = await get('clicks', 'dataframe')
    expect(headers.get('content-type')).toBe('application/x-ndjson')
    expect(text.endsWith('}\n')).toBe(true)
    expect((await get('empty', 'dataframe')).text).toBe('')
  })

  it.each([
    ['clicks', 'columns=none', 400],
    ['clicks', 'columns=user,', 400],
    ['clicks', 'columns=__proto__', 400],
    ['clicks', 'start_time=yesterday', 400],
    ['clicks', 'end_time=2026-02-30', 400],
    ['clicks', 'startTime=2026-01-01', 400],
    ['clicks', 'colums=user', 400],
    ['clicks', 'columns=user&columns=at', 400],
    ['timeless', 'start_time=2026-01-01T00:00:00Z', 400],
    ['unlogged', '', 409],
    ['none', '', 404],
  ])('of %s with %s is answered %i', async (source, query, expected) => {
    const { status, json } = await get(source, `dataframe?${query}`)
    expect(status).toBe(expected)
    expect(json).toMatchObject({ status: expected, detail: expect.any(String) })
  })
})

describe('GET …/parts', () => {
  it('lists parts without their keys, and gives their files', async () => {
    await workspace.pushRecords('rolled', [click('a', 5), click('b', 1)])
    await workspace.send(`${workspace.sourcePath('rolled')}/roll`, { method: 'POST' })
    await workspace.pushRecords('rolled', [click('c', 9)])
    const roll = await workspace.send(`${workspace.sourcePath('rolled')}/roll`, { method: 'POST' })
    expect(roll.json).toMatchObject({ rolled: [{ partition: 0, status: 'rolled' }] })
    const { json, text } = await get('rolled', 'parts')
    expect(json).toMatchObject({
      parts: [
        { rows: 2, start: 0, end: 2 },
        { rows: 1, start: 2, end: 3 },
      ],
    })
    expect(text).not.toContain('"key"')
    expect(text).not.toContain('log/v1')
    const [name = ''] = /\d+-\d+-\d+\.parquet/.exec(text) ?? []
    const file = await get('rolled', `parts/${name}`)
    expect(file.status).toBe(200)
    expect(file.text.startsWith('PAR1')).toBe(true)
    expect(file.headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/)
    // The name is of this source alone.
    expect((await get('empty', `parts/${name}`)).status).toBe(404)
    const theirs = await stranger.send(`${stranger.sourcePath('clicks')}/parts/${name}`)
    expect(theirs.status).toBe(404)
  })

  it.each([
    'none.parquet',
    '..%2f..%2fetc',
    '%2e%2e%2fx',
    '..%252fx',
    '%00',
    '%ff',
    "'%20OR%201=1--",
  ])('answers 404 for %s', async name => {
    const { status, text } = await get('rolled', `parts/${name}`)
    expect(status).toBe(404)
    expect(text).not.toContain('log/v1')
  })

  it('says that a source without an offline log has none', async () => {
    for (const [path, method] of [
      ['parts', 'GET'],
      ['roll', 'POST'],
      ['dataframe', 'GET'],
    ] as const) {
      const reply = await workspace.send(`${workspace.sourcePath('unlogged')}/${path}`, { method })
      expect(reply.json).toMatchObject({ status: 409, code: 'no_offline_log' })
    }
  })
})

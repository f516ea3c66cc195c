import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { PushSource } from '../../../shared/index.ts'
import * as t from '../../../shared/types.ts'
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

const freshSchema = v.object({
  asOf: v.string(),
  lastEventTime: v.string(),
  lastAcceptedTime: v.string(),
  lastEventAgeSeconds: v.number(),
  lastAcceptedAgeSeconds: v.number(),
  views: v.array(v.unknown()),
})

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

describe('GET …/summary', () => {
  it('tells what a source holds, before and after a roll', async () => {
    expect((await get('empty', 'summary')).json).toMatchObject({
      name: 'empty',
      workspace: 'test',
      kind: 'stream_source',
      rows: 0,
      tailRows: 0,
      parts: 0,
      bytes: 0,
      firstEventTime: null,
      lastEventTime: null,
      lastAcceptedTime: null,
      stopped: [],
    })
    await workspace.pushRecords('rolled', [click('a', 5), click('b', 1)])
    const times = {
      rows: 2,
      firstEventTime: '2026-01-02T00:00:01.000000Z',
      lastEventTime: '2026-01-02T00:00:05.000000Z',
    }
    expect((await get('rolled', 'summary')).json).toMatchObject({ ...times, tailRows: 2, parts: 0 })
    await workspace.send(`${workspace.sourcePath('rolled')}/roll`, { method: 'POST' })
    expect((await get('rolled', 'summary')).json).toMatchObject({ ...times, tailRows: 0, parts: 1 })
  })

  it('counts all partitions as soon as there are more, as rolls do', async () => {
    const growing = testWorkspace(2)
    await growing.apply([plainSource('numbers')])
    const path = growing.sourcePath('numbers')
    expect((await growing.send(`${path}/summary`)).json).toMatchObject({ partitions: 1 })
    for (const partitions of [2, 4]) {
      const { hash = '' } = (await growing.definitions()) ?? {}
      expect((await growing.apply([plainSource('numbers', partitions)], hash)).status).toBe(200)
      const rolled = await growing.send(`${path}/roll`, { method: 'POST' })
      expect(rolled.json).toMatchObject({
        rolled: Array.from({ length: partitions }, (_, partition) => ({ partition })),
      })
      expect((await growing.send(`${path}/summary`)).json).toMatchObject({ partitions })
    }
  })

  it('comes as a bordered table for whoever accepts plain text', async () => {
    const { text, headers } = await get('clicks', 'summary', { accept: 'text/plain' })
    expect(headers.get('content-type')).toMatch(/^text\/plain/)
    const lines = text.trimEnd().split('\n')
    expect(new Set(lines.map(({ length }) => length)).size).toBe(1)
    expect(lines[0]).toMatch(/^\+-+\+-+\+$/)
    expect(lines[1]).toMatch(/^\| +Name +\| clicks +\|$/)
    expect(text).toMatch(/\| +Created At +\| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC +\|/)
  })

  it('comes as an HTML table that nothing of a definition can run in', async () => {
    const script = '<script>alert("it\'s on")</script>'
    const hostile = testWorkspace(3)
    await hostile.apply([
      PushSource({
        name: 'hostile',
        schema: [t.Field('id', t.String)],
        description: script,
        tags: { [script]: script },
        options: { note: script },
      }),
    ])
    const path = `${hostile.sourcePath('hostile')}/summary`
    const { text, headers } = await hostile.send(path, { headers: { accept: 'text/html' } })
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('content-security-policy')).toBe("default-src 'none'")
    expect(text).not.toContain('<script')
    const escaped = '&lt;script&gt;alert(&quot;it&#39;s on&quot;)&lt;/script&gt;'
    expect(text.split(escaped)).toHaveLength(5)
    expect(text).toContain(`<table><tbody><tr><th scope="row">${escaped}</th><td>${escaped}</td>`)
  })

  it.each([
    ['application/json', 'application/json'],
    ['*/*', 'application/json'],
    ['text/*', 'text/plain'],
    ['text/plain;q=0.5, text/html', 'text/html'],
    ['text/html;q=0, application/xml', 'application/json'],
    ['TEXT/HTML', 'text/html'],
    ['image/png', 'application/json'],
  ])('for %s is %s', async (accept, type) => {
    const { headers } = await get('empty', 'summary', { accept })
    expect(headers.get('content-type')).toMatch(new RegExp(`^${type}`))
    expect(headers.get('vary')).toContain('accept')
  })

  it('tells how fresh it is, and how far its views are', async () => {
    const fresh = testWorkspace(4)
    await fresh.apply([clicks, view, service])
    await fresh.pushRecords('clicks', [click('fresh', 5)])
    const before = Date.now()
    const { json } = await fresh.send(`${fresh.sourcePath('clicks')}/summary`)
    const summary = v.parse(freshSchema, json)
    expect(Math.abs(Date.parse(summary.asOf) - before)).toBeLessThan(60_000)
    const ageOf = (time: string) => (Date.parse(summary.asOf) - Date.parse(time)) / 1_000
    expect(summary.lastEventAgeSeconds).toBe(Math.floor(ageOf(summary.lastEventTime)))
    expect(summary.lastAcceptedAgeSeconds).toBe(Math.floor(ageOf(summary.lastAcceptedTime)))
    expect(summary.views).toEqual([{ name: view.name, status: 'serving', behind: 0 }])
    expect((await get('empty', 'summary')).json).toMatchObject({
      views: [],
      options: {},
      lastEventAgeSeconds: null,
      lastAcceptedAgeSeconds: null,
    })
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

import { evictDurableObject } from 'cloudflare:test'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { PushSource } from '../../../shared/index.ts'
import { Field, String } from '../../../shared/types.ts'
import { damagePartition } from '../support/damage.ts'
import { click, clicksSource, latestClick, plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const clicks = clicksSource()
const { view, service } = latestClick(clicks)
await workspace.apply([clicks, view, service, clicksSource('empty'), clicksSource('rolled')])

const countSchema = v.object({ rejected: v.number() })

const get = (source: string, path: string, headers = {}) =>
  workspace.send(`${workspace.sourcePath(source)}/${path}`, { headers })

const freshSchema = v.object({
  asOf: v.string(),
  lastEventTime: v.string(),
  lastAcceptedTime: v.string(),
  lastEventAgeSeconds: v.number(),
  lastAcceptedAgeSeconds: v.number(),
  views: v.array(v.unknown()),
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

  it('counts what was refused by a receipt, once, through rolls and restarts', async () => {
    const refusing = testWorkspace(5)
    await refusing.apply([clicksSource('kept'), clicksSource('unlogged', { logOffline: false })])
    const producer = 'ab'.repeat(16)
    for (const source of ['kept', 'unlogged']) {
      const path = refusing.sourcePath(source)
      const rejected = async () =>
        v.parse(countSchema, (await refusing.send(`${path}/summary`)).json)
      const elements = [
        [0, click('a', 1)],
        [1, { user: 'a' }],
        [2, { nothing: true }],
      ] as const
      await refusing.pushNumbered(source, producer, elements)
      await refusing.pushNumbered(source, producer, elements)
      expect(await rejected()).toEqual({ rejected: 2 })
      await evictDurableObject(refusing.partition(source))
      expect(await rejected()).toEqual({ rejected: 2 })
      await refusing.partition(source).roll({ format: 1 })
      await evictDurableObject(refusing.partition(source))
      expect(await rejected()).toEqual({ rejected: 2 })
      await refusing.pushNumbered(source, producer, [[3, {}]])
      expect(await rejected()).toEqual({ rejected: 3 })
    }
  })

  it('counts on where the table of an earlier gateway had no column for it', async () => {
    const older = testWorkspace(6)
    await older.apply([clicksSource('older')])
    const producer = 'cd'.repeat(16)
    await older.pushNumbered('older', producer, [[0, {}]])
    await damagePartition(older, 'older', 'ALTER TABLE segments DROP COLUMN rejected_before')
    await older.pushNumbered('older', producer, [[1, {}]])
    const { json } = await older.send(`${older.sourcePath('older')}/summary`)
    expect(v.parse(countSchema, json)).toEqual({ rejected: 2 })
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
        schema: [Field('id', String)],
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

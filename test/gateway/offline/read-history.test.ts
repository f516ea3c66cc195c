import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import {
  Array as ArrayOf,
  Bool,
  Field,
  Float32,
  Float64,
  Int64,
  Map as MapOf,
  Struct,
  String as Text,
  Timestamp,
} from '../../../shared/types.ts'
import { closedHoursIn, hourMs, tenOClock } from '../support/closed-hours.ts'
import { historiesIn, type Logged, textsOf } from '../support/history.ts'
import { firstLines, numbersIn } from '../support/numbers.ts'
import { plainSource } from '../support/test-definitions.ts'
import { appendOf, testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(20)
const rich = StreamSource({
  name: 'rich',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'at' }),
  schema: [
    Field('key', Text),
    Field('at', Timestamp),
    Field('big', Int64, { nullable: true }),
    Field('single', Float32, { nullable: true }),
    Field('double', Float64, { nullable: true }),
    Field('yes', Bool, { nullable: true }),
    Field('list', ArrayOf(Int64), { nullable: true }),
    Field('named', MapOf(Text, Float64), { nullable: true }),
    Field('inner', Struct([Field('a', Text), Field('b', Timestamp)]), { nullable: true }),
  ],
})
const short = StreamSource({
  name: 'short',
  streamConfig: PushConfig({ logOffline: true, retention: '2d' }),
  schema: [Field('n', Int64)],
})
const loose = StreamSource({
  name: 'loose',
  streamConfig: PushConfig({ logOffline: false }),
  schema: [Field('n', Int64)],
})
const texts = StreamSource({
  name: 'texts',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [Field('text', Text)],
})
const names = [
  'moving',
  'slow',
  'groups',
  'flipped',
  'gone',
  'mended',
  'hole',
  'row',
  'lost',
  'few',
]
const sources = [...names.map(name => plainSource(name)), rich, short, loose, texts]
await workspace.apply(sources)
const { append, objects } = numbersIn(workspace)
const { alarm, fill, closeHour, list, setTime } = closedHoursIn(workspace)
const { open, read, tail, moveTail } = historiesIn(workspace)

beforeEach(() => setTime(tenOClock))
afterEach(() => {
  vi.useRealTimers()
})

describe('a history', () => {
  it('is what was pushed, from parts, compacted parts and tail, resumed from every offset', async () => {
    const pushed: Logged[] = []
    const push = async (at: number) => {
      const record = {
        key: ['é"\\ \u2028 ', '\ufeffx', ''][at % 3],
        at: `2026-01-02T03:04:${String(at).padStart(2, '0')}.123456Z`,
        big: ['9223372036854775807', -1, null][at % 3],
        single: [0.1, -1.5e-40, null][at % 3],
        double: [1e300, 5e-324, null][at % 3],
        yes: [true, false, null][at % 3],
        list: [[], [1, '-9223372036854775808'], null][at % 3],
        named: [{ b: 1.5, a: 0.1, 7: 2 }, {}, null][at % 3],
        inner: [{ a: 'x', b: '0001-01-01T00:00:00Z' }, null, null][at % 3],
      }
      const { status } = await workspace.pushRecords('rich', [record, { key: 'k', at: record.at }])
      expect(status).toBe(200)
      vi.setSystemTime(Date.now() + 7)
    }
    const roll = async () => {
      pushed.push(...(await tail('rich', pushed.length - 1)))
      await moveTail('rich')
      vi.setSystemTime(Date.now() + 60_000)
    }
    for (let at = 0; at < 9; at++) {
      await push(at)
      if (at % 3 === 2) await roll()
    }
    await closeHour('rich')
    for (let at = 9; at < 15; at++) {
      await push(at)
      if (at === 11) await roll()
    }
    pushed.push(...(await tail('rich', pushed.length - 1)))
    expect((await list('rich')).parts.map(({ start, end }) => [start, end])).toEqual([
      [0, 18],
      [18, 24],
    ])
    expect(pushed).toHaveLength(30)
    expect(pushed[0]?.text).toContain('"big":"9223372036854775807"')
    expect(new Set(pushed.map(({ ingestUs }) => ingestUs)).size).toBe(15)

    const last = pushed.length - 1
    const fields = rich.schema
    for (let after = -1; after <= last; after++) {
      expect(await read('rich', last, { fields, after })).toEqual(pushed.slice(after + 1))
      expect(await read('rich', after, { fields })).toEqual(pushed.slice(0, after + 1))
    }
    expect(await read('rich', 20, { fields, after: 4 })).toEqual(pushed.slice(5, 21))
  })

  it('has the version that admitted each record, in tail, part and compacted part', async () => {
    const versions: number[] = []
    for (const [at, partitions] of [1, 2, 4].entries()) {
      const { hash = null } = (await workspace.registry().applied({ format: 1 })) ?? {}
      const few = plainSource('few', partitions)
      await workspace.apply([...sources.filter(({ name }) => name !== 'few'), few], hash)
      const { version = 0 } = (await workspace.definitions()) ?? {}
      versions.push(version, version)
      await workspace.partition('few').append(appendOf(2 * at, 2, { version }))
    }
    const inTail = await read('few', 5)
    expect(inTail.map(({ version }) => version)).toEqual(versions)
    expect(new Set(versions).size).toBe(3)
    await moveTail('few')
    expect(await read('few', 5)).toEqual(inTail)
    await workspace.partition('few').append(appendOf(6, 2, { version: versions[5] ?? 0 }))
    await moveTail('few')
    await closeHour('few')
    expect((await list('few')).parts).toHaveLength(1)
    expect(await read('few', 5)).toEqual(inTail)
  })

  it('goes on over rolls, forgetting and compactions between its steps', async () => {
    await fill('moving', 3, 10)
    await append('moving', 10, 30)
    const history = open('moving', 39)
    expect(await history.next()).toMatchObject({ upTo: 9 })
    await moveTail('moving')
    expect(await history.next()).toMatchObject({ upTo: 19 })
    await closeHour('moving')
    await append('moving', 5, 40)
    expect((await list('moving')).parts).toMatchObject([{ start: 0, end: 40 }])
    expect(textsOf((await history.rest()).seen)).toEqual(firstLines(40))
    expect(textsOf(await read('moving', 44, { after: 14 }))).toEqual(firstLines(45).slice(15))
  })

  it('goes on when the parts of its list are deleted before it comes to them', async () => {
    await fill('slow', 3, 10)
    const history = open('slow', 29)
    expect(await history.next()).toMatchObject({ upTo: 9 })
    await closeHour('slow')
    vi.setSystemTime(Date.now() + 24 * hourMs)
    await alarm('slow', 6)
    expect((await objects('slow')).length).toBe(0)
    expect(textsOf((await history.rest()).seen)).toEqual(firstLines(30))
  })

  it('begins at any row group of a part', async () => {
    await append('groups', 10_500)
    await moveTail('groups')
    const { parts } = await list('groups')
    expect(Math.max(...parts.map(({ rows }) => rows))).toBeGreaterThan(5_000)
    for (const after of [-1, 0, 4_998, 4_999, 5_000, 9_998, 9_999, 10_000, 10_498]) {
      const seen = textsOf(await read('groups', 10_499, { after }))
      expect(seen).toEqual(firstLines(10_500).slice(after + 1))
    }
    expect(await read('groups', 5_000, { after: 4_999 })).toMatchObject([{ text: '{"n":5000}' }])
  })

  it('comes in small steps, whatever the texts', async () => {
    const { schema: fields } = texts
    for (let at = 0; at < 4; at++) {
      const records = Array.from({ length: 8 }, (_, n) => ({ text: `${at} ${n}`.repeat(15_000) }))
      expect((await workspace.pushRecords('texts', records)).status).toBe(200)
    }
    const inTail = await read('texts', 31, { fields })
    expect(new Set(inTail.map(({ text }) => text)).size).toBe(32)
    await moveTail('texts')
    expect(await read('texts', 31, { fields })).toEqual(inTail)
    const first = await open('texts', 31, { fields }).next()
    expect(first && 'upTo' in first && first.upTo).toBeGreaterThan(10)
  })

  it('passes over what retention took, also while it is read', async () => {
    await fill('short', 1, 10)
    vi.setSystemTime(tenOClock + 24 * hourMs)
    await fill('short', 2, 10, 10)
    await append('short', 5, 30)
    const history = open('short', 34)
    expect(await history.next()).toMatchObject({ upTo: 9 })
    vi.setSystemTime(tenOClock + 49 * hourMs)
    await alarm('short', 6)
    expect(await open('short', 34).next()).toEqual({ pieces: [], upTo: 9 })
    expect(await open('short', 34, { after: 5 }).next()).toEqual({ pieces: [], upTo: 9 })
    expect(await open('short', 7, { after: 5 }).rest()).toEqual({ seen: [] })
    expect(textsOf(await read('short', 34))).toEqual(firstLines(35).slice(10))
    // Three days and the grace period later the old list names objects that are gone.
    vi.setSystemTime(tenOClock + 97 * hourMs)
    await alarm('short', 6)
    vi.setSystemTime(tenOClock + 122 * hourMs)
    await alarm('short', 6)
    expect(await history.next()).toEqual({ pieces: [], upTo: 29 })
    expect(textsOf((await history.rest()).seen)).toEqual([
      ...firstLines(10),
      ...firstLines(35).slice(30),
    ])
  })

  it('of a source without parts is what the tail holds, and missing below it', async () => {
    const logOffline = false
    await append('loose', 10)
    expect(textsOf(await read('loose', 9, { logOffline, after: 3 }))).toEqual(
      firstLines(10).slice(4),
    )
    await moveTail('loose')
    await append('loose', 5, 10)
    expect(textsOf(await read('loose', 14, { logOffline, after: 9 }))).toEqual(
      firstLines(15).slice(10),
    )
    expect(await open('loose', 14, { logOffline, after: 8 }).rest()).toEqual({
      seen: [],
      reason: 'Offsets above 8 of partition 0 left the tail and were kept in no part.',
    })
    expect(await read('loose', 8, { logOffline, after: 8 })).toEqual([])
  })
})

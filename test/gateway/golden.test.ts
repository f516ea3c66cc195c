import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { decodeReply } from '../../client/decode-reply.ts'
import { createLogPartition } from '../../gateway/log/log-partition.ts'
import { decodeProducerState } from '../../gateway/log/producer-state.ts'
import { sealHeader } from '../../gateway/log/row-digest.ts'
import { decodeSegmentNotes } from '../../gateway/log/segment-notes.ts'
import { openRow } from '../../gateway/log/stored-row.ts'
import { createCatalogue } from '../../gateway/offline/catalogue.ts'
import { partKey, partName } from '../../gateway/offline/part-key.ts'
import { createFeatureShard } from '../../gateway/online/split-shard.ts'
import { platformPorts } from '../../gateway/platform/ports.ts'
import { createRegistry } from '../../gateway/registry/registry.ts'
import { decodeResolvedDefinitions } from '../../gateway/registry/resolved-definitions.ts'
import { sha256Hex } from '../../shared/keys.ts'
import { goldens, objectOf, restore, rowsOf } from './support/golden.ts'
import { testWorkspace } from './support/test-workspace.ts'

const workspace = testWorkspace(15)

beforeAll(() => {
  // Not long after the recording: producers are kept 35 days.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 2, 0, 1) })
})
afterAll(() => {
  vi.useRealTimers()
})

/** Calls a method of an object as another object does. */
async function call(to: string, method: string, message: unknown): Promise<unknown> {
  const [kind = '', name = ''] = to.split(' ')
  const handler: unknown = Reflect.get(objectOf(kind, name), method)
  if (typeof handler !== 'function') throw new Error(`There is no ${method}.`)
  return Reflect.apply(handler, undefined, [message])
}

describe.each(goldens)('$name', ({ state, calls, wire }) => {
  beforeAll(() => restore(state))

  it('are read: records, features and audit', async () => {
    const rows = await workspace.rows('clicks', '?columns=user,n,_offset')
    expect(rows).toEqual(
      ['a', 'b', 'c', 'a', 'd', 'b', 'e'].map((user, offset) => {
        const n = [1, 2, 4, 5, 6, 7, 8][offset]
        return { user, n, _offset: offset }
      }),
    )
    for (const [user, n] of [
      ['a', '5'],
      ['e', '8'],
    ]) {
      const { json } = await workspace.features('clicks_features', { user })
      expect(json).toEqual({ result: { features: [n, null] } })
    }
    const audit = await workspace.send('/api/v1/workspaces/test/audit?deep=true')
    expect(audit.json).toMatchObject({ agree: true, partitions: [{ accepted: 7, inParts: 5 }] })
  })

  it('give the receipts again that they gave', async () => {
    for (const { request, status, reply } of wire) {
      const again = await workspace.push(request)
      expect([again.status, again.json]).toEqual([status, reply])
    }
  })

  it('answer the calls of their version, and refuse those of a newer one', async () => {
    for (const { to, method, message, reply } of calls) {
      expect(await call(to, method, message), method).toMatchObject(reply)
      await expect(call(to, method, { ...message, format: 2 }), method).rejects.toThrow(
        /message of format 2 .* deploy the newer version/,
      )
    }
  })

  it('go on: what comes is stored, rolled and read', async () => {
    const [{ name = '' } = {}] = state.objects.filter(({ kind }) => kind === 'partition')
    await restore(state)
    const [last] = wire.slice(-1)
    expect((await workspace.push(last?.request)).json).toMatchObject({
      receipts: [{ status: 'duplicate' }, { status: 'duplicate' }],
    })
    await env.LOG_PARTITION.getByName(name).roll({ format: 1 })
    const audit = await workspace.send('/api/v1/workspaces/test/audit?deep=true')
    expect(audit.json).toMatchObject({ agree: true, partitions: [{ accepted: 7, inParts: 7 }] })
  })

  it('are decoded text by text, and refused in a newer format', () => {
    const segments = rowsOf(state, 'partition', 'segment_')
    expect(segments).not.toEqual([])
    for (const { start_offset, records, header, body } of segments) {
      const row = { start: Number(start_offset), records: Number(records), body: String(body) }
      expect(openRow({ ...row, header: String(header) })).toMatchObject({ text: body })
      const said = String(header).replace(/(?:,"bodyCrc":\d+,"crc":\d+)?\}$/, '}')
      const newer = sealHeader(said.replace(/"format":\d/, '"format":3'), row, row.body)
      expect(() => openRow({ ...row, header: newer })).toThrow(/format 3 .* newer gateway/)
    }
    for (const { state: text } of rowsOf(state, 'partition', 'producers_')) {
      expect(decodeProducerState(String(text)).kind).toMatch(/named|keyed/)
      const newer = String(text).replace('"format":1', '"format":2')
      expect(() => decodeProducerState(newer)).toThrow(/newer gateway/)
    }
    const closed = rowsOf(state, 'partition', 'segments').filter(({ notes }) => notes !== null)
    expect(closed.map(({ notes }) => decodeSegmentNotes(String(notes)).records)).toEqual([2])
    for (const { definitions } of rowsOf(state, 'registry', 'resolved')) {
      const json = JSON.parse(String(definitions))
      expect(decodeResolvedDefinitions(json).workspace).toBe('test')
      expect(() => decodeResolvedDefinitions({ ...json, format: 2 })).toThrow(/newer gateway/)
    }
    for (const { metadata } of state.parts) expect(metadata).toMatchObject({ format: '1' })
  })
})

const entry = {
  producer: '0123456789abcdef0123456789abcdef',
  source: 'clicks',
  text: '{}',
  bytes: 2,
}

describe('replies on the wire', () => {
  it.each(goldens)('are read by the client, and refused when they are newer: $name', ({ wire }) => {
    for (const { reply } of wire) {
      const receipts = Array.isArray(reply.receipts) ? reply.receipts : []
      const order = receipts.map((_, sequence) => ({ ...entry, sequence }))
      const decode = (text: string) => decodeReply({ status: 200, text, floorMs: 0 }, order)
      expect(decode(JSON.stringify(reply))).toMatchObject({
        kind: 'delivered',
        verdicts: { length: receipts.length },
      })
      expect(decode(JSON.stringify({ ...reply, protocol: 2 }))).toMatchObject({
        kind: 'retry',
        reason: expect.stringContaining('protocol 2: update the client'),
      })
    }
  })

  it.each(goldens)('refuse a newer request: $name', async ({ wire }) => {
    for (const { request } of wire) {
      const { status, text } = await workspace.push({ ...request, protocol: 2 })
      expect([status, text]).toEqual([400, expect.stringContaining('newer_protocol')])
    }
  })
})

const ids = { workspaceId: workspace.workspaceId, sourceId: 's', entitySetId: 'e' }
const openings = {
  registry: ports => createRegistry(ports, ids),
  catalogue: ports => createCatalogue(ports, ids),
  partition: ports => createLogPartition(ports, { ...ids, partition: 0 }),
  shard: ports => createFeatureShard(ports, { ...ids, shard: 0 }),
} satisfies { [kind: string]: (ports: ReturnType<typeof platformPorts>) => unknown }

describe('tables of a newer version', () => {
  it.each([
    ['registry', 'registry'],
    ['catalogue', 'catalogue'],
    ['partition', 'partition'],
    ['partition', 'definition'],
    ['partition', 'segments'],
    ['partition', 'roll'],
    ['shard', 'shard'],
  ] as const)('are refused with a sentence: %s, %s', async (kind, table) => {
    const [golden] = goldens.slice(-1)
    if (golden === undefined) throw new Error('Nothing is recorded.')
    await restore(golden.state)
    const [object] = golden.state.objects.filter(at => at.kind === kind)
    await runInDurableObject(objectOf(kind, object?.name ?? ''), (_, state) => {
      if (table === 'roll')
        state.storage.sql.exec("INSERT INTO roll VALUES (0, 1, 1, 0, 1, '', '', 1)")
      state.storage.sql.exec(`UPDATE ${table} SET format = 3`)
      expect(() => openings[kind](platformPorts(state, env))).toThrow(/A newer gateway wrote this/)
    })
  })
})

describe('a page of a newer version', () => {
  it('is refused with a sentence when it is wanted', async () => {
    const [golden] = goldens.slice(-1)
    if (golden === undefined) throw new Error('Nothing is recorded.')
    await restore(golden.state)
    const [{ name = '' } = {}] = golden.state.objects.filter(({ kind }) => kind === 'shard')
    const shard = env.FEATURE_SHARD.getByName(name)
    await runInDurableObject(shard, (_, state) => {
      state.storage.sql.exec('UPDATE pages SET format = 5')
    })
    const [view = ''] = rowsOf(golden.state, 'registry', 'resolved').flatMap(({ definitions }) =>
      decodeResolvedDefinitions(JSON.parse(String(definitions))).sources.flatMap(({ views }) =>
        views.map(({ id }) => id),
      ),
    )
    // A call's own promise is the platform's: it has to be awaited where it is made.
    const read = async () => await shard.read({ format: 1, viewIds: [view], keys: ['["a"]'] })
    await expect(read()).rejects.toThrow(/A newer gateway wrote this page/)
  })
})

describe('a part of a newer version', () => {
  it('is not taken for this one: the roll stops', async () => {
    const [golden] = goldens.slice(-1)
    if (golden === undefined) throw new Error('Nothing is recorded.')
    await restore(golden.state)
    const [{ name = '' } = {}] = golden.state.objects.filter(({ kind }) => kind === 'partition')
    const partition = env.LOG_PARTITION.getByName(name)
    const tail = await partition.readTail({ format: 1, after: 4, upTo: 6 })
    const ingestUs = tail.outcome === 'pieces' ? (tail.pieces[0]?.ingestUs ?? 0) : 0
    const [workspaceId = '', sourceId = ''] = name.split('/')
    const key = partKey(workspaceId, sourceId, ingestUs, partName(0, [5, 7]))
    const metadata = { ...golden.state.parts[0]?.metadata, format: '2', start: '5', end: '7' }
    const bytes = new TextEncoder().encode('newer')
    const sha256 = await sha256Hex(new Uint8Array(bytes))
    await env.LOG.put(key, bytes, { customMetadata: metadata, sha256 })
    expect(await partition.roll({ format: 1 })).toMatchObject({
      status: 'stopped',
      reason: expect.stringContaining('holds other records'),
    })
    await env.LOG.delete(key)
  })
})

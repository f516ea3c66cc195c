import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../client/clock.ts'
import { GatewayError, getWorkspace } from '../../../client/workspace/index.ts'
import { json, strangerKey as key, type Script, workspaceOf } from './support/stranger.ts'

describe('other answers', () => {
  const sourceFacts = {
    protocol: 1,
    id: 'abc',
    version: 1,
    createdAt: '2026-01-01T00:00:00.000000Z',
    lastModifiedAt: '2026-01-01T00:00:00.000000Z',
    definition: { form: 'push_source', name: 'trips', schema: [{ name: 'n', dtype: 'int64' }] },
  }
  const read = async (script: Script) => {
    const { workspace } = await workspaceOf(script)
    return workspace.getDataSource('trips')
  }

  test('a good one, for comparison', async () => {
    expect((await read(json(sourceFacts))).getColumns()).toEqual(['n'])
  })

  test.each<[string, Script, string, string]>([
    ['HTML', json('<html>'), 'unreadable_reply', 'it is no JSON'],
    ['nothing', json(''), 'unreadable_reply', 'it is no JSON'],
    ['another shape', json({ ...sourceFacts, id: 7 }), 'unreadable_reply', 'id: '],
    [
      'a newer protocol',
      json({ ...sourceFacts, protocol: 2 }),
      'newer_protocol',
      'install a newer tidegate',
    ],
    [
      'a type that this version does not know',
      json({
        ...sourceFacts,
        definition: { ...sourceFacts.definition, schema: [{ name: 'n', dtype: 'decimal' }] },
      }),
      'unreadable_reply',
      '"decimal" is no data type of this version',
    ],
    [
      'JSON without end',
      json(`[${'1,'.repeat(3_000_000)}1]`),
      'unreadable_reply',
      'does not end within',
    ],
  ])('%s', async (_, script, code, sentence) => {
    const failure = await read(script).catch(cause => cause)
    expect(failure).toMatchObject({ name: 'GatewayError', code })
    expect(failure.message).toContain(sentence)
  })

  test('a body that drips for ever', async () => {
    const script: Script = response => {
      response.setHeader('content-type', 'application/json')
      const drip = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(drip))
    }
    // Between two looks at this clock a second goes by, so that a busy machine is not late itself.
    let elapsedMs = 0
    const clock = { ...systemClock, elapsed: () => (elapsedMs += 1_000) }
    const { workspace } = await workspaceOf(script, { clock })
    await expect(workspace.getDataSource('trips')).rejects.toThrow('does not end within')
  })

  test('a refusal with a page of HTML is cut short, and no key is in it', async () => {
    const { workspace } = await workspaceOf(response => {
      response.writeHead(403, { 'content-type': 'text/html' })
      response.end('<html>'.repeat(10_000))
    })
    const failure = await workspace.getDataSource('trips').catch(cause => cause)
    expect(failure).toMatchObject({ code: 'http_403', status: 403 })
    expect(failure.message).toMatch(/^GET \/api\/v1\/.* was answered 403: no reason given\.$/)
    expect(failure.message).not.toContain(key)
  })

  test.each<[string, Script]>([
    ['a refusal', response => void response.writeHead(403).end('{}')],
    ['nonsense', json('<html>')],
    ['a connection that ends', response => void response.socket?.destroy()],
    ['silence', () => {}],
  ])('whatever is logged of %s, no key is in it', async (_, script) => {
    const options = { clock: systemClock, timeoutMs: 50 }
    const { workspace } = await workspaceOf(script, options)
    const failure: unknown = await workspace.getDataSource('trips').catch(cause => cause)
    expect(failure).toBeInstanceOf(GatewayError)
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain(key)
  })

  test.each([
    ['503 with Retry-After', 503, { code: 'unavailable' }, 2],
    ['a proxy of its own mind', 502, 'Bad gateway', 2],
    ['damage, which no try mends', 500, { code: 'damaged', detail: 'Damaged.' }, 1],
    ['a key that is refused', 401, { code: 'unauthenticated' }, 1],
  ])('%s is asked as often as it may help', async (_, status, body, times) => {
    let asked = 0
    const { workspace } = await workspaceOf((response, request) => {
      if (++asked === 2) return json(sourceFacts)(response, request)
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' })
      response.end(JSON.stringify(body))
    })
    const outcome = await workspace.getDataSource('trips').then(
      () => 'read',
      cause => cause.status,
    )
    expect([asked, outcome]).toEqual([times, times === 2 ? 'read' : status])
  })

  test('nobody there, and addresses and keys that are none', async () => {
    const nobody = getWorkspace('demo', { url: 'http://127.0.0.1:1/', key })
    await expect(nobody.getDataSource('trips')).rejects.toMatchObject({
      code: 'unreachable',
      message: 'http://127.0.0.1:1 cannot be reached.',
    })
    expect(() => getWorkspace('demo', { url: 'tidegate.example', key })).toThrow(
      "gateway's address",
    )
    expect(() => getWorkspace('demo', { url: 'http://a.example', key: 'a\nb' })).toThrow(
      'key is a key',
    )
    expect(() => getWorkspace('no name', { url: 'http://a.example', key })).toThrow('A name is')
  })
})

describe('features that are none', () => {
  const feature = {
    name: 'v.n',
    dataType: { type: 'int64' },
    status: 'PRESENT',
    effectiveTime: null,
  }
  const reply = (value: unknown, more: object = {}) => ({
    result: { features: [value] },
    metadata: { features: [{ ...feature, ...more }] },
  })

  test.each<[string, unknown, string]>([
    ['text for a number', reply('many'), 'v.n: "v.n": Expected int64'],
    ['an unknown type', reply('1', { dataType: { type: 'tensor' } }), 'v.n: '],
    ['no name', reply('1', { name: undefined }), 'metadata.features.0.name'],
    ['more names than values', { ...reply('1'), result: { features: [] } }, '0 values and 1 names'],
    ['types without end', reply('1', { dataType: nested(40) }), 'v.n: Types nest at most 32 deep'],
  ])('%s', async (_, body, sentence) => {
    const { workspace } = await workspaceOf(json(body))
    const failure = await workspace.getFeatures('fs', {}).catch(cause => cause)
    expect(failure).toMatchObject({ name: 'GatewayError', code: 'unreadable_reply' })
    expect(failure.message).toContain(sentence)
  })

  test('marks that were asked for and did not come', async () => {
    const { workspace } = await workspaceOf(json(reply('1')))
    expect((await workspace.getFeatures('fs', {})).values).toEqual({ 'v.n': 1n })
    await expect(workspace.getFeatures('fs', {}, { marks: true })).rejects.toThrow('no marks')
  })

  function nested(depth: number): unknown {
    return depth === 0 ? { type: 'int64' } : { type: 'array', elementType: nested(depth - 1) }
  }
})

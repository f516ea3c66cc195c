import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { allowOrigin, preflight } from '../../../gateway/routes/cross-origin.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
await workspace.apply([plainSource('numbers')])
const listed = 'https://app.example'
const allowed = 'access-control-allow-origin'

const ask = (path: string, method: string, origin: string, key?: string, body?: string) =>
  exports.default.fetch(`https://gateway.example${path}`, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: { origin, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
  })

describe('pages of other origins', () => {
  it('may push when they are listed, and read every answer, also a refusal', async () => {
    for (const path of ['/ingest', '/v2/ingest']) {
      const asked = await ask(path, 'OPTIONS', listed)
      expect(asked.status).toBe(204)
      expect(asked.headers.get(allowed)).toBe(listed)
      expect(asked.headers.get('access-control-allow-methods')).toBe('POST')
      expect(asked.headers.get('access-control-allow-headers')).toContain('authorization')
      for (const key of [workspace.ingestKey, undefined]) {
        const reply = await ask(path, 'POST', listed, key, '{')
        expect(reply.status).toBe(key === undefined ? 401 : 400)
        expect(reply.headers.get(allowed)).toBe(listed)
        expect(reply.headers.get('vary')).toContain('origin')
        // By which a client that cannot trust its own clock tells how old its records are.
        expect(reply.headers.get('access-control-expose-headers')).toContain('date')
        expect(Date.now() - Date.parse(reply.headers.get('date') ?? '')).toBeLessThan(60_000)
      }
    }
  })

  it('push without a preflight, with the ingest key in the URL and text for a body', async () => {
    const body = '{"workspace_name":"test","records":{"numbers":[{"record":{"n":1}}]}}'
    const push = (key: string, path = '/ingest', headers: Record<string, string> = {}) =>
      exports.default.fetch(`https://gateway.example${path}?key=${key}`, {
        method: 'POST',
        body,
        headers: { origin: listed, 'content-type': 'text/plain', ...headers },
      })
    for (const path of ['/ingest', '/v2/ingest']) {
      const reply = await push(workspace.ingestKey, path)
      expect([reply.status, reply.headers.get(allowed)]).toEqual([200, listed])
    }
    const { status, text } = await push(workspace.adminKey).then(async reply => ({
      status: reply.status,
      text: await reply.text(),
    }))
    expect(status).toBe(401)
    expect(text).toContain('Only an ingest key may stand in a URL')
    expect((await push('nonsense')).status).toBe(401)
    // The header has the last word, and no other route looks at the URL.
    const both = await push(workspace.ingestKey, '/ingest', { authorization: 'Bearer nonsense' })
    expect(both.status).toBe(401)
    const other = await exports.default.fetch(
      `https://gateway.example/api/v1/workspaces/test/definitions?key=${workspace.adminKey}`,
    )
    expect(other.status).toBe(401)
  })

  it('get no permission when they are not listed', async () => {
    for (const origin of [
      'https://evil.example',
      'https://app.example.evil',
      'null',
      'http://127.0.0.1:80',
    ]) {
      for (const method of ['OPTIONS', 'POST']) {
        const reply = await ask('/ingest', method, origin, workspace.ingestKey)
        expect([origin, method, reply.headers.get(allowed)]).toEqual([origin, method, null])
      }
    }
  })

  it('get none for other paths, wherever they come from', async () => {
    for (const path of ['/health', '/api/v1/workspaces/test/definitions']) {
      for (const method of ['OPTIONS', 'GET']) {
        const reply = await ask(path, method, listed, workspace.adminKey)
        expect(reply.headers.get(allowed)).toBe(null)
      }
    }
  })

  it('are never all allowed at once, whatever the list says', () => {
    const request = new Request('https://gateway.example/ingest', {
      headers: { origin: 'https://any.example' },
    })
    for (const origins of ['*', '*, https://app.example', '', undefined]) {
      expect(preflight(request, origins).headers.get(allowed)).toBe(null)
      const headers = new Headers()
      allowOrigin(request, origins, headers)
      expect(headers.get(allowed)).toBe(null)
    }
  })

  it('of this machine are allowed by the word loopback, and no others by it', () => {
    const answer = (origin: string) =>
      preflight(
        new Request('https://gateway.example/ingest', { headers: { origin } }),
        'loopback',
      ).headers.get(allowed)
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'https://[::1]:8']) {
      expect(answer(origin)).toBe(origin)
    }
    for (const origin of [
      'http://localhost.evil.example',
      'http://127.0.0.1.evil.example',
      'http://10.0.0.1',
    ]) {
      expect(answer(origin)).toBe(null)
    }
  })
})

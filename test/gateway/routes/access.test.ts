import { createExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createApp } from '../../../gateway/app.ts'
import { mintKey } from '../../../shared/keys.ts'
import { testKey } from '../../support/test-keys.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
await workspace.apply([plainSource('numbers')])
await workspace.pushRecords('numbers', [{ n: 1 }])
const strangerKey = testKey('admin', testWorkspace(1).workspaceId)

const api = '/api/v1/workspaces/test'
const source = `${api}/sources/numbers`
const push = JSON.stringify({ workspace_name: 'test', dry_run: true, records: { numbers: [] } })

/**
 * Every route of the app: how it is asked, and what an admin key, an ingest key and another workspace's
 * admin key are answered.
 */
const routes: {
  readonly [route: string]: {
    readonly path: string
    readonly body?: string
    readonly admin: number
    readonly ingest: number
    readonly stranger: number
  }
} = {
  'GET /health': { path: '/health', admin: 200, ingest: 200, stranger: 200 },
  'POST /ingest': { path: '/ingest', body: push, admin: 200, ingest: 200, stranger: 404 },
  'POST /v2/ingest': { path: '/v2/ingest', body: push, admin: 200, ingest: 200, stranger: 404 },
  'OPTIONS /ingest': { path: '/ingest', admin: 204, ingest: 204, stranger: 204 },
  'OPTIONS /v2/ingest': { path: '/v2/ingest', admin: 204, ingest: 204, stranger: 204 },
  'GET /api/v1/workspaces/:workspace/definitions': {
    path: `${api}/definitions`,
    admin: 200,
    ingest: 403,
    stranger: 404,
  },
  'POST /api/v1/workspaces/:workspace/apply': {
    path: `${api}/apply`,
    body: '{}',
    admin: 400,
    ingest: 403,
    stranger: 400,
  },
  'POST /api/v1/workspaces/:workspace/plan': {
    path: `${api}/plan`,
    body: '{}',
    admin: 400,
    ingest: 403,
    stranger: 400,
  },
  'POST /api/v1/workspaces/:workspace/rollback': {
    path: `${api}/rollback`,
    body: '{"protocol":1,"version":9}',
    admin: 404,
    ingest: 403,
    stranger: 404,
  },
  'GET /api/v1/workspaces/:workspace/retired': reading(`${api}/retired`),
  'GET /api/v1/workspaces/:workspace/history': reading(`${api}/history`),
  'GET /api/v1/workspaces/:workspace/history/:version': reading(`${api}/history/1`),
  'GET /api/v1/workspaces': { path: '/api/v1/workspaces', admin: 200, ingest: 403, stranger: 200 },
  'PUT /api/v1/workspaces/:workspace': {
    path: api,
    body: '{}',
    admin: 400,
    ingest: 403,
    stranger: 400,
  },
  'DELETE /api/v1/workspaces/:workspace': {
    path: '/api/v1/workspaces/none',
    admin: 404,
    ingest: 403,
    stranger: 404,
  },
  'GET /api/v1/workspaces/:workspace/shards': reading(`${api}/shards`),
  'POST /api/v1/workspaces/:workspace/shards': {
    path: `${api}/shards`,
    body: '{}',
    admin: 400,
    ingest: 403,
    stranger: 404,
  },
  'GET /api/v1/workspaces/:workspace/audit': reading(`${api}/audit`),
  'GET /api/v1/workspaces/:workspace/sources/:source': reading(source),
  'GET /api/v1/workspaces/:workspace/sources/:source/columns': reading(`${source}/columns`),
  'GET /api/v1/workspaces/:workspace/sources/:source/summary': reading(`${source}/summary`),
  'GET /api/v1/workspaces/:workspace/sources/:source/validate': reading(`${source}/validate`),
  'GET /api/v1/workspaces/:workspace/sources/:source/dataframe': reading(`${source}/dataframe`),
  'GET /api/v1/workspaces/:workspace/sources/:source/parts': reading(`${source}/parts`),
  'GET /api/v1/workspaces/:workspace/sources/:source/parts/:name': {
    path: `${source}/parts/x`,
    admin: 404,
    ingest: 403,
    stranger: 404,
  },
  'POST /api/v1/workspaces/:workspace/sources/:source/roll': reading(`${source}/roll`),
  'POST /api/v1/workspaces/:workspace/sources/:source/resume': reading(`${source}/resume`),
  ...Object.fromEntries(
    ['get-features', 'get-features-batch', 'metadata'].flatMap(route => [
      [`POST /api/v1/feature-service/${route}`, serving(`/api/v1/feature-service/${route}`)],
      [
        `${route === 'metadata' ? 'GET' : 'POST'} /api/v2/workspaces/:workspace/feature-services/:service/${route}`,
        serving(`/api/v2/workspaces/test/feature-services/none/${route}`, route),
      ],
    ]),
  ),
}

/** A service that is not there: everything else about the request is right. */
function serving(path: string, route?: string) {
  const names = { workspaceName: 'test', featureServiceName: 'none' }
  const params = { ...names, joinKeyMap: {}, requestData: [{ joinKeyMap: {} }] }
  const body = route === 'metadata' ? {} : { body: JSON.stringify({ params }) }
  return { path, ...body, admin: 404, ingest: 403, stranger: 404 }
}

function reading(path: string) {
  return { path, admin: 200, ingest: 403, stranger: 404 }
}

/** Paths of what runs before and after the routes, for all methods. */
const middleware = ['/*', '/ingest', '/v2/ingest']
const open = new Set(['GET /health', 'OPTIONS /ingest', 'OPTIONS /v2/ingest'])
const wrongChecksum = `${workspace.adminKey.slice(0, -1)}${workspace.adminKey.endsWith('0') ? '1' : '0'}`
const unknown = mintKey('admin', workspace.workspaceId, count => new Uint8Array(count))
const upgraded = workspace.ingestKey.replace('tg_ingest', 'tg_admin')
const refusedHeaders: readonly (readonly [what: string, header: string | undefined])[] = [
  ['no key', undefined],
  ['an empty header', ''],
  ['garbage', 'Bearer garbage'],
  ['no scheme', workspace.adminKey],
  ['another scheme', `Basic ${workspace.adminKey}`],
  ['a wrong checksum', `Bearer ${wrongChecksum}`],
  ['a key of another kind than it was made', `Bearer ${upgraded}`],
  ['a well-formed key that nobody knows', `Bearer ${unknown}`],
  ['two keys', `Bearer ${workspace.adminKey} ${workspace.adminKey}`],
]

async function ask(route: string, authorization: string | undefined) {
  const { path = '', body } = routes[route] ?? {}
  const reply = await exports.default.fetch(`https://gateway.example${path}`, {
    method: route.split(' ')[0] ?? '',
    ...(body === undefined ? {} : { body }),
    headers: authorization === undefined ? {} : { authorization },
  })
  return { status: reply.status, text: await reply.text(), headers: reply.headers }
}

describe('who may do what', () => {
  it('is said here for every route of the app', () => {
    const listed = createApp()
      .routes.filter(({ method, path }) => method !== 'ALL' || !middleware.includes(path))
      .map(({ method, path }) => `${method} ${path}`)
    expect([...new Set(listed)].sort()).toEqual(Object.keys(routes).sort())
  })

  it.each(Object.keys(routes))('%s', async route => {
    const { admin, ingest, stranger } = routes[route] ?? {}
    for (const [what, header] of refusedHeaders) {
      const { status, text, headers } = await ask(route, header)
      const expected = open.has(route) ? admin : 401
      expect([what, status]).toEqual([what, expected])
      if (status !== 401) continue
      expect(headers.get('www-authenticate')).toBe('Bearer')
      expect(text).not.toContain(workspace.adminKey)
      expect(text).not.toContain('test')
    }
    const statuses = [workspace.adminKey, workspace.ingestKey, strangerKey].map(
      async key => (await ask(route, `Tecton-key ${key}`)).status,
    )
    expect(await Promise.all(statuses)).toEqual([admin, ingest, stranger])
  })

  it('is nothing where no key is configured', async () => {
    for (const secret of [undefined, '', 'nonsense', 'admin:x:y']) {
      const { TIDEGATE_KEYS: _, ...others } = env
      const bindings = secret === undefined ? others : { ...others, TIDEGATE_KEYS: secret }
      for (const [route, { path, body }] of Object.entries(routes)) {
        if (open.has(route)) continue
        const request = new Request(`https://gateway.example${path}`, {
          method: route.split(' ')[0] ?? '',
          ...(body === undefined ? {} : { body }),
          headers: { authorization: `Bearer ${workspace.adminKey}` },
        })
        const reply = await createApp().fetch(request, bindings, createExecutionContext())
        expect([route, reply.status]).toEqual([route, 401])
      }
    }
  })

  it('never tells whether a path exists to whoever has no key', async () => {
    for (const path of ['/', '/nothing', '/ingest/', '/api/v1', '/..%2f', '/%']) {
      const reply = await exports.default.fetch(`https://gateway.example${path}`)
      expect([path, reply.status]).toEqual([path, 401])
      expect((await workspace.send(path)).status).toBe(404)
    }
  })
})

describe('errors', () => {
  it('are said in the manner of their path', async () => {
    const ingest = await ask('POST /ingest', undefined)
    expect(JSON.parse(ingest.text)).toMatchObject({
      requestError: { errorType: 'RequestValidationError', code: 'unauthenticated' },
    })
    const serving = await ask('POST /api/v1/feature-service/get-features', undefined)
    expect(JSON.parse(serving.text)).toMatchObject({ code: 16, error: expect.any(String) })
    const others = await workspace.send('/nothing')
    expect(others.headers.get('content-type')).toBe('application/problem+json')
    expect(others.json).toMatchObject({ status: 404, code: 'unknown_route' })
  })
})

import { expect, inject, test } from 'vitest'
import { createClient } from '../../client/index.ts'
import { clicks, pageWorkspace } from '../support/page-source.ts'

const url = inject('gatewayUrl')
const key = inject('pageKey')

type PageFetch = (url: string, request: RequestInit) => Promise<Response>

/** A client of this page; `fetch` is the page's own unless a test puts something in its way. */
function pageClient(fetch: PageFetch = (target, request) => globalThis.fetch(target, request)) {
  const errors: string[] = []
  const client = createClient({
    url,
    key,
    workspace: pageWorkspace,
    fetch,
    // Jitter of nothing: the tests wait for no clock.
    random: () => 0,
    onError: ({ reason }) => errors.push(reason),
  })
  return { client, errors }
}

test('this page is of another origin than the gateway', () => {
  expect(new URL(url).origin).not.toBe(location.origin)
})

test('a page pushes with an ingest key and reads a receipt for every record', async () => {
  const { client, errors } = pageClient()
  const receipts = [1, 2, 3].map(
    n => client.push(clicks, { user: '👋', at: new Date(n), n }).accepted,
  )
  await client.flush()
  expect(await Promise.all(receipts)).toEqual(
    [0, 1, 2].map(sequence => ({ source: 'clicks', sequence, status: 'accepted' })),
  )
  expect(await client.close()).toMatchObject({ accepted: 3, pending: 0, retries: 0 })
  expect(errors).toEqual([])
})

test('a reply that is lost on its way is asked for again, and nothing is stored twice', async () => {
  let requests = 0
  const bodies: unknown[] = []
  const { client, errors } = pageClient(async (target, request) => {
    bodies.push(request.body)
    const reply = await fetch(target, request)
    if (++requests > 1) return reply
    expect(reply.status).toBe(200)
    throw new TypeError('The connection was lost.')
  })
  const { accepted } = client.push(clicks, { user: 'u', at: '2026-01-02T03:04:05Z' })
  await client.flush()
  expect(await accepted).toMatchObject({ status: 'duplicate', sequence: 0 })
  expect(bodies).toHaveLength(2)
  expect(bodies[1]).toBe(bodies[0])
  expect(errors).toHaveLength(1)

  const after = client.push(clicks, { user: 'u', at: '2026-01-02T03:04:06Z' })
  await client.close()
  expect(await after.accepted).toMatchObject({ status: 'accepted', sequence: 1 })
})

test('a bad record is rejected on the page, without a request', async () => {
  let requests = 0
  const { client } = pageClient((target, request) => {
    requests++
    return fetch(target, request)
  })
  const bad = { user: 'u', at: '2026-01-02T03:04:05Z', n: 1.5 }
  expect(await client.push(clicks, bad).accepted).toMatchObject({
    status: 'rejected',
    field: 'n',
    code: 'wrong_type',
  })
  expect(await client.close()).toMatchObject({ rejected: 1 })
  expect(requests).toBe(0)
})

test('a record that only the gateway can refuse is rejected among good ones, which are stored', async () => {
  const { client } = pageClient()
  const good = client.push(clicks, { user: 'u', at: '2026-01-02T03:04:05Z' })
  const future = client.push(clicks, { user: 'u', at: '9999-01-01T00:00:00Z' })
  const last = client.push(clicks, { user: 'u', at: '2026-01-02T03:04:06Z' })
  await client.close()
  expect(await good.accepted).toMatchObject({ status: 'accepted' })
  expect(await future.accepted).toMatchObject({
    status: 'rejected',
    field: 'at',
    code: 'future_event_time',
  })
  expect(await last.accepted).toMatchObject({ status: 'accepted' })
})

test('a page may push and nothing else: reads stay closed to other origins', async () => {
  const headers = { authorization: `Bearer ${key}` }
  await expect(
    fetch(`${url}/api/v1/workspaces/${pageWorkspace}/sources/clicks/dataframe`, { headers }),
  ).rejects.toThrow(TypeError)
  await expect(
    fetch(`${url}/api/v1/workspaces/${pageWorkspace}/sources/clicks/roll`, {
      method: 'POST',
      headers,
    }),
  ).rejects.toThrow(TypeError)
})

test('a page reads why its key is refused', async () => {
  const reply = await fetch(`${url}/ingest`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.slice(0, -1)}x` },
    body: '{}',
  })
  expect(reply.status).toBe(401)
  expect(await reply.json()).toMatchObject({ requestError: { code: 'unauthenticated' } })
})

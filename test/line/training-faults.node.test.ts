import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openOffline } from '../../client/offline/index.ts'
import { getWorkspace } from '../../client/workspace/index.ts'
import { cast, columns, concat, ne, postProcess } from '../../shared/expressions.ts'
import {
  Attribute,
  Entity,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../shared/index.ts'
import { Field, Float64, String, Timestamp } from '../../shared/types.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import type { Line } from './support/line.ts'
import { ofUser, payment, payments, second } from './support/training-definitions.ts'

let gateway: LineGateway
let folder: string
beforeAll(async () => {
  gateway = await startGateway()
  folder = await mkdtemp(join(tmpdir(), 'tidegate-training-'))
})
afterAll(async () => {
  await gateway.close()
  await rm(folder, { recursive: true })
})

/** Two parts and a tail, all of one partition, since one client pushes them. */
async function filled(line: Line): Promise<void> {
  await line.apply([ofUser])
  const client = line.client()
  for (const last of [3, 6, 9]) {
    for (let at = last === 3 ? 0 : last - 2; at <= last; at++) client.push(payments, payment(at))
    await client.flush()
    if (last < 9) await line.roll('payments')
  }
  await client.close()
}

type Change = (url: string, reply: Response) => Promise<Response>

/** What an event reads by a gateway whose answers are changed on the way. */
async function read(line: Line, cache: string, change: Change = async (_, reply) => reply) {
  const workspace = getWorkspace(line.workspace, {
    url: gateway.url,
    key: line.adminKey,
    fetch: async (input, init) => {
      const url = input instanceof Request ? input.url : `${input}`
      return change(url, await fetch(input, init))
    },
  })
  const offline = openOffline(workspace, { cacheFolder: join(folder, cache) })
  const events = [0, 1, 2].map(at => ({ user: `u${at}`, when: second(50) }))
  await using frame = await offline.getFeaturesForEvents(ofUser, events, { timestampKey: 'when' })
  const rows = await frame.toArray()
  return { amts: rows.map(row => row.of_user__amt), warnings: frame.warnings }
}

const whole = { amts: [2.25, 1.75, 2], warnings: [] }

/** Lets the first answer for each of some addresses break off in its middle. */
function breaking(pattern: RegExp): { readonly change: Change; readonly broken: Set<string> } {
  const broken = new Set<string>()
  const change: Change = async (url, reply) => {
    const address = url.replace(/\?.*/, '')
    if (!pattern.test(url) || broken.has(address)) return reply
    broken.add(address)
    const bytes = new Uint8Array(await reply.arrayBuffer())
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.subarray(0, bytes.length >> 1))
        controller.close()
      },
    })
    return new Response(body, { status: reply.status, headers: reply.headers })
  }
  return { change, broken }
}

test('what breaks off on the way is fetched again, and what came stays', async () => {
  const line = gateway.line()
  await filled(line)
  expect(await read(line, 'whole')).toEqual(whole)
  for (const pattern of [/\/parts\/./, /\/dataframe/]) {
    const { change, broken } = breaking(pattern)
    const cache = `broken-${pattern.source.replaceAll(/\W/g, '')}`
    expect([pattern, await read(line, cache, change)]).toEqual([pattern, whole])
    expect(broken.size).toBeGreaterThan(0)
    expect(await readdir(join(folder, cache))).toEqual(await readdir(join(folder, 'whole')))
  }
})

test('a part that was put together with others meanwhile is had from the next list', async () => {
  const line = gateway.line()
  await filled(line)
  const gone = new Set<string>()
  const result = await read(line, 'moved', async (url, reply) => {
    if (!/\/parts\/./.test(url) || gone.size > 0) return reply
    gone.add(url)
    const problem = { code: 'unknown_part', title: 'There is no such part.', detail: 'Gone.' }
    return Response.json(problem, { status: 404 })
  })
  expect(gone.size).toBe(1)
  expect(result).toEqual(whole)
})

test('says which moments lie before what a retention has left', async () => {
  const line = gateway.line()
  await filled(line)
  const { warnings } = await read(line, 'expired', async (url, reply) => {
    if (!/\/parts$/.test(url)) return reply
    const { parts } = (await reply.json()) as { parts: { start: number }[] }
    return Response.json({ parts: parts.filter(({ start }) => start > 0) })
  })
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toMatch(
    /^Records of "payments" that came before \S+ have expired: 3 of the moments asked for lie before/,
  )
})

test('says so too where no part is left, and not where there never was one', async () => {
  const line = gateway.line()
  await line.apply([ofUser])
  const client = line.client()
  for (let at = 0; at < 10; at++) client.push(payments, payment(at))
  await client.flush()
  await client.close()
  expect(await read(line, 'young')).toEqual(whole)
  await line.roll('payments')
  const { warnings } = await read(line, 'gone', async (url, reply) => {
    if (/\/parts$/.test(url)) return Response.json({ parts: [] })
    if (!/\/dataframe/.test(url)) return reply
    // As after a retention: what lay in parts is not given, and the next records begin behind it.
    const rest = new URL(url)
    rest.searchParams.set('above', '0:4,1:4')
    return fetch(rest, { headers: { authorization: `Bearer ${line.adminKey}` } })
  })
  expect(warnings).toHaveLength(1)
})

test('reads parts of an earlier schema, and what a post-processor makes of records', async () => {
  const line = gateway.line()
  const sent = [Field('id', String), Field('amount', String), Field('seen', Timestamp)]
  const { id, amount, seen } = columns(sent)
  const later = [...sent, Field('note', String, { nullable: true })]
  const source = (isLater: boolean) =>
    StreamSource({
      name: 'sent',
      streamConfig: PushConfig({
        logOffline: true,
        inputSchema: isLater ? later : sent,
        postProcessor: postProcess({
          filter: ne(amount, 'void'),
          select: { user: concat('u', id), amt: cast(amount, Float64), at: seen },
        }),
      }),
      schema: [
        Field('user', String),
        Field('amt', Float64, { nullable: true }),
        Field('at', Timestamp),
      ],
    })
  const view = (isLater: boolean) =>
    StreamFeatureView({
      name: 'newest',
      source: source(isLater),
      entities: [Entity({ name: 'user', joinKeys: [Field('user', String)] })],
      features: [Attribute('amt', Float64)],
    })
  const push = async (isLater: boolean, ...records: readonly [string, string, number][]) => {
    await line.apply([view(isLater)])
    const client = line.client()
    for (const [id, amount, at] of records) {
      client.push(source(isLater), { id, amount, seen: second(at) })
    }
    await client.flush()
    await client.close()
  }
  await push(false, ['1', '1.5', 1], ['1', 'void', 2], ['2', '7', 1])
  await line.roll('sent')
  await push(true, ['1', '2.5', 3], ['2', 'much', 4])
  const workspace = getWorkspace(line.workspace, { url: gateway.url, key: line.adminKey })
  const offline = openOffline(workspace, { cacheFolder: join(folder, 'later') })
  const events = [2, 3, 4].flatMap(at => ['u1', 'u2'].map(user => ({ user, when: second(at) })))
  await using frame = await offline.getFeaturesForEvents('newest', events, { timestampKey: 'when' })
  const rows = await frame.toArray()
  expect(rows.map(row => row.newest__amt)).toEqual([1.5, 7, 2.5, 7, 2.5, null])
})

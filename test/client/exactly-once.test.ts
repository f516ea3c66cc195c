import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type Clock,
  createClient,
  type Fetch,
  memoryOutbox,
  type Receipt,
} from '../../client/index.ts'
import { createModelGateway } from './support/model-gateway.ts'
import { reply, textOf } from './support/scripted-fetch.ts'
import { clicks, views } from './support/set-up.ts'
import { createVirtualClock } from './support/virtual-clock.ts'

const fates = [
  'delivered',
  'request lost',
  'reply lost',
  'late and overtaken',
  'delivered twice',
  'unavailable',
  'limited',
  'too large',
  'key refused',
  'half stored',
  'unreadable reply',
  'portal',
] as const
type Fate = (typeof fates)[number]

const life = fc.record({
  pushes: fc.array(
    fc.record({
      source: fc.constantFrom('clicks', 'views'),
      bad: fc.boolean(),
      afterMs: fc.constantFrom(0, 0, 0, 7, 60, 400),
    }),
    { maxLength: 25 },
  ),
  fates: fc.array(fc.constantFrom(...fates), { maxLength: 15 }),
  maxInFlight: fc.constantFrom(1, 1, 2, 4),
  /** How long the client goes on after its last push before its process dies. */
  diesAfterMs: fc.nat(3000),
})
type Life = typeof life extends fc.Arbitrary<infer L> ? L : never

const isBad = (record: unknown) => JSON.stringify(record).includes('bad')

/** Gives a network with these fates, then none. */
function networkOf(
  gateway: ReturnType<typeof createModelGateway>,
  clock: Clock,
  script: Fate[],
): Fetch {
  const left = [...script]
  return async (_, request) => {
    const body = textOf(request.body)
    const count = body.split('"sequence":').length - 1
    const deliver = (skips?: (place: number) => boolean) => {
      const { status, body: said } = gateway.ingest(body, skips)
      return reply(status, said)
    }
    const lost = (): never => {
      throw new TypeError('fetch failed')
    }
    switch (left.shift() ?? 'delivered') {
      case 'delivered':
        return deliver()
      case 'request lost':
        return lost()
      case 'reply lost':
        deliver()
        return lost()
      case 'late and overtaken':
        clock.after(2500, deliver)
        return new Promise<never>(() => {})
      case 'delivered twice':
        clock.after(1500, deliver)
        return deliver()
      case 'unavailable':
        return reply(503)
      case 'limited':
        return reply(429, '', { 'retry-after': '1' })
      case 'too large':
        return count > 1 ? reply(413) : deliver()
      case 'key refused':
        return reply(401)
      case 'half stored':
        return deliver(place => place % 2 === 0)
      case 'unreadable reply':
        deliver()
        return reply(200, '{"protocol":1,"receipts":[')
      case 'portal':
        return reply(200, '<html>Sign in</html>')
    }
  }
}

/** Lives one client's life; what it began may go on in the network after its end. */
async function live(
  { pushes, fates: script, maxInFlight, diesAfterMs }: Life,
  number: number,
  world: {
    gateway: ReturnType<typeof createModelGateway>
    clock: ReturnType<typeof createVirtualClock>
    outbox: ReturnType<typeof memoryOutbox>
    dies: boolean
  },
) {
  const { gateway, clock, outbox, dies } = world
  let alive = true
  const network = networkOf(gateway, clock, script)
  const client = createClient({
    url: 'https://gateway.test',
    key: 'k',
    workspace: 'prod',
    outbox,
    limits: {
      maxBatchRecords: maxInFlight === 1 ? 8 : 3,
      maxInFlight,
      lingerMs: 20,
      requestTimeoutMs: 1000,
    },
    compress: false,
    random: () => 0.5,
    randomBytes: count => new Uint8Array(count).fill(number),
    clock: { ...clock, after: (ms, run) => clock.after(ms, () => alive && run()) },
    fetch: async (url, request) => {
      const answer = await network(url, request).catch(error => () => Promise.reject(error))
      if (!alive) return new Promise(() => {})
      return typeof answer === 'function' ? answer() : answer
    },
  })
  const receipts: { name: string; bad: boolean; accepted: Promise<Receipt> }[] = []
  for (const [at, { source, bad, afterMs }] of pushes.entries()) {
    const name = `${bad ? 'bad' : 'good'} ${number}.${at}`
    const { accepted } =
      source === 'clicks'
        ? client.push(clicks, { user: name, n: at })
        : client.push(views, { page: name })
    receipts.push({ name, bad, accepted })
    await clock.advance(afterMs)
  }
  if (dies) await clock.advance(diesAfterMs)
  else {
    const flushed = client.flush()
    await clock.drain()
    expect(await flushed).toMatchObject({ pending: 0, inFlight: 0, dropped: 0 })
    expect(clock.armed()).toEqual([])
  }
  alive = false
  return receipts
}

/** The names of good records that the gateway holds, one for each time it holds them. */
function namesIn(gateway: ReturnType<typeof createModelGateway>): string[] {
  return gateway.stored.map(({ record }) => /good [\d.]+/.exec(JSON.stringify(record))?.[0] ?? '')
}

it('stores every record exactly once and settles it truly, whatever becomes of requests', async () => {
  await fc.assert(
    fc.asyncProperty(life, async given => {
      const gateway = createModelGateway(isBad)
      const clock = createVirtualClock()
      const outbox = memoryOutbox()
      const pushed = await live(given, 1, { gateway, clock, outbox, dies: false })
      for (const { bad, accepted } of pushed) {
        const { status } = await accepted
        expect(bad ? ['rejected'] : ['accepted', 'duplicate']).toContain(status)
      }
      const good = pushed.filter(({ bad }) => !bad).map(({ name }) => name)
      expect(namesIn(gateway).sort()).toEqual(good.sort())
      expect(await outbox.load()).toEqual([])
    }),
    { numRuns: 300 },
  )
})

it('stores every record exactly once through clients that die and are succeeded', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 2, maxLength: 4 }), async lives => {
      const gateway = createModelGateway(isBad)
      const clock = createVirtualClock()
      const outbox = memoryOutbox()
      const pushed: Awaited<ReturnType<typeof live>> = []
      for (const [at, given] of lives.entries()) {
        const dies = at < lives.length - 1
        pushed.push(...(await live(given, at + 1, { gateway, clock, outbox, dies })))
      }
      const good = pushed.filter(({ bad }) => !bad).map(({ name }) => name)
      expect(namesIn(gateway).sort()).toEqual(good.sort())
      expect(await outbox.load()).toEqual([])
    }),
    { numRuns: 150 },
  )
})

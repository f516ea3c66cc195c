import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { getWorkspace, type WorkspaceOptions } from '../../../client/workspace/index.ts'
import { type LineGateway, startGateway } from '../../line/support/gateway.ts'
import type { Line } from '../../line/support/line.ts'
import { cuttingProxy } from './support/cutting-proxy.ts'
import { impatientClock } from './support/impatient-clock.ts'
import { pushTrips, trips } from './support/trips.ts'
import { truncatingProxy } from './support/truncating-proxy.ts'

const count = 600
let gateway: LineGateway
let line: Line
/** What the gateway itself says in one go. */
let whole: readonly string[]

beforeAll(async () => {
  gateway = await startGateway()
  line = gateway.line()
  await line.apply([trips])
  await pushTrips(line, count)
  whole = await line.dataFrame('trips')
})
afterAll(() => gateway.close())

const sourceAt = (url: string, options: Partial<WorkspaceOptions> = {}) =>
  getWorkspace(line.workspace, {
    url,
    key: line.adminKey,
    clock: impatientClock,
    ...options,
  }).source(trips)

const linesOf = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
  (await new Response(stream).text()).split('\n').slice(0, -1)

async function proxyCutting(nextCut: () => number | undefined) {
  const proxy = await cuttingProxy(gateway.url, nextCut)
  onTestFinished(() => proxy.close())
  return proxy
}

describe('a connection that is cut in the middle', () => {
  test('of whatever bytes: the rows are the whole, none twice, none missing', async () => {
    // The first answer is longer than these lines, so that each run is cut at least once.
    const bytes = whole.join('\n').length
    let cuts = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 400, max: bytes }), { minLength: 1, maxLength: 6 }),
        async places => {
          const left = [...places]
          const proxy = await cuttingProxy(gateway.url, () => left.shift())
          try {
            const lines = await linesOf(sourceAt(proxy.url).getDataframe().toNdjson())
            expect(lines).toEqual(whole)
            cuts += proxy.cuts()
          } finally {
            await proxy.close()
          }
        },
      ),
      { numRuns: 40 },
    )
    expect(cuts).toBeGreaterThan(40)
  }, 120_000)

  test('again and again: as long as each try brings something, it goes on', async () => {
    const proxy = await proxyCutting(() => 8_000)
    const rows = await sourceAt(proxy.url)
      .getDataframe({ columns: ['who', '_offset'] })
      .toArray()
    expect(rows.map(({ who }) => who)).toEqual(whole.map(text => JSON.parse(text).who))
    expect(proxy.cuts()).toBeGreaterThan(3)
  })

  test('while new records come: the rows stay those of the first answer', async () => {
    const line = gateway.line()
    await line.apply([trips])
    await pushTrips(line, 200)
    const before = await line.dataFrame('trips')
    let isFirst = true
    const proxy = await proxyCutting(() => {
      if (!isFirst) return undefined
      isFirst = false
      return 9_000
    })
    const frame = getWorkspace(line.workspace, {
      url: proxy.url,
      key: line.adminKey,
      clock: impatientClock,
    })
      .source(trips)
      .getDataframe()
    const stream = frame.toNdjson().getReader()
    const first = await stream.read()
    await pushTrips(line, 200)
    let text = new TextDecoder().decode(first.value)
    for (;;) {
      const { done, value } = await stream.read()
      if (done) break
      text += new TextDecoder().decode(value)
    }
    expect(proxy.cuts()).toBe(1)
    expect(text.split('\n').slice(0, -1)).toEqual(before)
    expect(await line.dataFrame('trips')).toHaveLength(400)
  })

  test('for ever: says so, and from where it may be read on', async () => {
    let open = 0
    const proxy = await proxyCutting(() => (++open === 1 ? 9_000 : 10))
    const source = sourceAt(proxy.url)
    const rows: unknown[] = []
    const read = async () => {
      for await (const { id } of source.getDataframe({ columns: ['id'] })) rows.push(id)
    }
    const failure = await read().catch(cause => cause)
    expect(failure).toMatchObject({
      name: 'GatewayError',
      code: 'broken_off',
      resume: { cut: expect.stringMatching(/^0:/), after: expect.stringMatching(/^\d:\d+$/) },
      message: expect.stringMatching(
        /^The data frame of "trips" broke off after [1-9]\d* rows, and no try to resume it brought more \(.*cannot be reached.*\)\. Read on later/,
      ),
    })
    const rest = sourceAt(gateway.url).getDataframe({ columns: ['id'], ...failure.resume })
    for await (const { id } of rest) rows.push(id)
    const ids = await sourceAt(gateway.url)
      .getDataframe({ columns: ['id'] })
      .toArray()
    expect(rows).toEqual(ids.map(({ id }) => id))
  }, 120_000)
})

describe('a body that ends as if it were whole', () => {
  test.each([0, 1, 1_000, 50_000])('after %i bytes is read on', async bytes => {
    const proxy = await truncatingProxy(gateway.url, [bytes])
    expect(await linesOf(sourceAt(proxy.url).getDataframe().toNdjson())).toEqual(whole)
    expect(proxy.truncated()).toBe(1)
  })
})

describe('a range of which little is there', () => {
  test('comes whole through cuts, too', async () => {
    const range = { startTime: '2026-01-01T00:10', endTime: '2026-01-01T00:13' }
    const left = [700, 900, 1_100]
    const proxy = await proxyCutting(() => left.shift())
    const rows = await sourceAt(proxy.url)
      .getDataframe({ ...range, columns: ['legs'] })
      .toArray()
    expect(rows.map(({ legs }) => legs).sort((a, b) => a - b)).toEqual([10, 11, 12])
  })
})

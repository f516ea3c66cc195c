import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Duck, openDuck } from './support/duckdb.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import { expectAllSteps, producer, step, steps, walkers } from './support/steps.ts'

let gateway: LineGateway
let duck: Duck
beforeAll(async () => {
  ;[gateway, duck] = await Promise.all([startGateway(), openDuck()])
})
afterAll(() => Promise.all([gateway.close(), duck.close()]))

test('lost requests, lost replies and objects without memory: every record is stored exactly once', async () => {
  const line = gateway.line()
  await line.apply([walkers])
  let requests = 0
  const client = line.client({
    ...producer(1),
    limits: { maxBatchRecords: 10 },
    fetch: async (url, request) => {
      const fate = requests++ % 3
      if (fate === 0) throw new TypeError('The request was lost.')
      const reply = await fetch(url, request)
      await gateway.evictAll()
      if (fate === 1) throw new TypeError('The reply was lost.')
      return reply
    },
  })
  const receipts = Array.from({ length: 60 }, (_, n) => client.push(steps, step(1, n)).accepted)
  await client.close()
  const statuses = (await Promise.all(receipts)).map(({ status }) => status)
  // Every third request of a batch is answered, after the second stored it.
  expect(statuses).toEqual(Array(60).fill('duplicate'))
  expect(requests).toBe(18)

  const rows = Array.from({ length: 60 }, (_, n) => `{"n":${n}}`)
  expect(await line.dataFrame('steps', '?columns=n')).toEqual(rows)
  expect((await line.features('walkers', { walker: 1 })).values).toEqual({ 'latest_step.n': '59' })
  await line.roll('steps')
  expect(await line.dataFrame('steps', '?columns=n')).toEqual(rows)
})

test('data frames read while others push and roll are whole: all that was acknowledged, in order, once', async () => {
  const line = gateway.line()
  await line.apply([walkers])
  const perWalker = 400
  const acknowledged = [0, 0, 0, 0]
  let pushing = acknowledged.length

  const push = async (walker: number) => {
    const client = line.client({ ...producer(walker), limits: { maxBatchRecords: 20 } })
    for (let n = 0; n < perWalker; n += 20) {
      for (let at = n; at < n + 20; at++) client.push(steps, step(walker, at))
      await client.flush()
      acknowledged[walker] = n + 20
    }
    pushing--
  }
  const rollOn = async () => {
    while (pushing > 0) await line.roll('steps')
  }
  const expectWhole = async () => {
    const known = [...acknowledged]
    const columns = '?columns=walker,n,_partition,_offset'
    const rows = (await line.dataFrame('steps', columns)).map(text => JSON.parse(text))
    for (const partition of [0, 1]) {
      const offsets = rows.filter(row => row._partition === partition).map(row => row._offset)
      expect(offsets).toEqual(offsets.map((_, at) => at))
    }
    for (const [walker, least] of known.entries()) {
      const own = rows.filter(row => row.walker === walker).map(({ n }) => n)
      expect(own).toEqual(own.map((_, at) => at))
      expect(own.length).toBeGreaterThanOrEqual(least)
    }
    return rows
  }
  const readOn = async () => {
    let reads = 0
    while (pushing > 0) {
      await expectWhole()
      const walker = reads++ % acknowledged.length
      const least = acknowledged[walker] ?? 0
      const { values } = await line.features('walkers', { walker })
      expect(Number(values['latest_step.n'] ?? -1)).toBeGreaterThanOrEqual(least - 1)
    }
  }
  await Promise.all([...acknowledged.map((_, walker) => push(walker)), rollOn(), readOn()])

  const rows = await expectWhole()
  expect(rows).toHaveLength(acknowledged.length * perWalker)
  await line.roll('steps')
  const { parts, table } = await duck.partsOf(line, 'steps')
  expect(parts.length).toBeGreaterThan(2)
  expect(await duck.rows(`SELECT walker, n, _partition, _offset FROM ${table}`)).toEqual(rows)
  expect(gateway.reports()).toEqual([])
})

test('objects that leave memory all the while, among pushes and rolls, lose and double nothing', async () => {
  const line = gateway.line()
  await line.apply([walkers])
  const perWalker = 200
  let pushing = 3
  const push = async (walker: number) => {
    const client = line.client({ ...producer(walker), limits: { maxBatchRecords: 20 } })
    for (let n = 0; n < perWalker; n++) client.push(steps, step(walker, n))
    const { accepted, duplicate, pending } = await client.close()
    expect({ settled: accepted + duplicate, pending }).toEqual({ settled: perWalker, pending: 0 })
    pushing--
  }
  const evictOn = async () => {
    while (pushing > 0) await gateway.evictAll()
  }
  const rollOn = async () => {
    // A roll may be cut off; the next one goes on from its intent.
    while (pushing > 0) await line.roll('steps').catch(() => undefined)
  }
  await Promise.all([push(0), push(1), push(2), evictOn(), rollOn()])

  await expectAllSteps(line, duck, 3, perWalker)
})

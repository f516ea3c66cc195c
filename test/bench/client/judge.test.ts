import { describe, expect, it } from 'vitest'
import type { ClientName } from '../../../bench/client/clients.ts'
import type { Delivered } from '../../../bench/client/deliver.ts'
import { fewestRequests, judgeCosts, judgeDeliveries } from '../../../bench/client/judge.ts'
import type { Tally } from '../../../bench/client/tally.ts'

const full: Tally = {
  requests: 6,
  delivered: 2_000,
  copies: 0,
  storedTwice: 0,
  peak: 1,
  bytes: 1,
  impatient: 0,
}

function run(client: ClientName, tally: Partial<Tally> = {}, seed = 42): Delivered {
  const counted = { ...full, ...tally }
  return { client, load: 'burst', mode: 'after', seed, atClose: counted, atEnd: counted }
}

describe('judging deliveries', () => {
  const peers = [
    run('opentelemetry', { storedTwice: 512 }),
    run('amplitude', { requests: 3, delivered: 1_999 }),
    run('segment', { requests: 2 }, 7),
  ]

  it('is content with all delivered once in twice the requests of the best whole peer', () => {
    const own = run('tidegate', { requests: 12, copies: 500, oneId: true })
    expect(fewestRequests([own, ...peers], own)).toBe(6)
    expect(judgeDeliveries([own, ...peers])).toEqual([])
  })

  it.each([
    [{ requests: 13 }, 'burst, reset after, seed 42: 13 requests, the best peer 6'],
    [{ delivered: 1_999 }, 'burst, reset after, seed 42: 1999 of 2000 delivered'],
    [{ storedTwice: 1 }, 'burst, reset after, seed 42: 1 stored twice'],
  ])('says what %o misses', (tally, sentence) => {
    expect(judgeDeliveries([run('tidegate', tally), ...peers])).toEqual([sentence])
  })

  it('holds Tidegate to what was there when it closed', () => {
    const own = { ...run('tidegate'), atClose: { ...full, delivered: 1_500 } }
    expect(judgeDeliveries([own])).toEqual(['burst, reset after, seed 42: 1500 of 2000 delivered'])
  })
})

describe('judging costs', () => {
  const cost = (client: ClientName, pushUs: number, drainUs: number, sent = 100) => ({
    client,
    pushUs,
    drainUs,
    sent,
  })
  const peer = cost('opentelemetry', 1, 4)

  it('allows 1.6 times the push and 1.1 times the drain', () => {
    expect(judgeCosts([cost('tidegate', 1.6, 4.4), peer], 100)).toEqual([])
    expect(judgeCosts([cost('tidegate', 1.7, 4.6), peer], 100)).toEqual([
      "CPU a push 1.70 times OpenTelemetry's",
      "CPU with drain 1.15 times OpenTelemetry's",
    ])
  })

  it('does not pass for want of a peer', () => {
    expect(judgeCosts([cost('tidegate', 1, 1)], 100)).toHaveLength(1)
  })

  it('trusts no cost of events that were not sent', () => {
    expect(judgeCosts([cost('tidegate', 1, 1, 99), peer], 100)).toEqual([
      'tidegate sent 99 of 100: its cost says nothing',
    ])
  })
})

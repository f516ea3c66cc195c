import { describe, expect, it } from 'vitest'
import { createFaultGateway } from '../../../bench/client/fault-gateway.ts'

const producer = '0123456789abcdef0123456789abcdef'

function setUp() {
  const stored: number[] = []
  const gateway = createFaultGateway(n => stored.push(n))
  /** Sends events by their sequence; the event's number is a hundred more. */
  const ingest = (sequences: readonly number[], floor: number, by = producer) => {
    const events = sequences.map(sequence => ({
      record: { n: 100 + sequence, plan: 'pro', value: 1.5 },
      sequence,
    }))
    const request = { protocol: 1, workspace_name: 'w', producer: by, floors: { events: floor } }
    const { status, body } = gateway.ingest(JSON.stringify({ ...request, records: { events } }))
    const { receipts } = JSON.parse(body)
    const words: unknown = receipts.flatMap(
      ({ count = 1, status }: { count?: number; status: string }) => Array(count).fill(status),
    )
    return { status, words }
  }
  return { gateway, stored, ingest }
}

describe('the fault gateway', () => {
  it('stores a record once, however often and with whatever others it comes', () => {
    const { ingest, stored } = setUp()
    expect(ingest([0, 1], 0)).toEqual({ status: 200, words: ['accepted', 'accepted'] })
    expect(ingest([0, 1], 0)).toEqual({ status: 200, words: ['duplicate', 'duplicate'] })
    expect(ingest([1, 2], 1)).toEqual({ status: 200, words: ['duplicate', 'accepted'] })
    expect(stored).toEqual([100, 101, 102])
  })

  it('holds a sender to its floor: what it called settled is not stored any more', () => {
    const { ingest, stored } = setUp()
    ingest([5], 5)
    expect(ingest([4, 5], 4).words).toEqual(['duplicate', 'duplicate'])
    expect(stored).toEqual([105])
  })

  it('knows another producer by another number', () => {
    const { ingest, stored } = setUp()
    ingest([0], 0)
    expect(ingest([0], 0, producer.replace('0', 'f')).words).toEqual(['accepted'])
    expect(stored).toEqual([100, 100])
  })

  it('rejects what the gateway would reject, and refuses what it cannot read', () => {
    const { gateway, stored } = setUp()
    const records = { events: [{ record: { n: 'many' }, sequence: 0 }] }
    const body = JSON.stringify({ protocol: 1, workspace_name: 'w', producer, records })
    expect(gateway.ingest(body).status).toBe(207)
    expect(gateway.ingest('{}').status).toBe(400)
    expect(stored).toEqual([])
  })
})

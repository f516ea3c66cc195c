import { expect } from 'vitest'
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import { Field, Float64, Int64, String, Timestamp } from '../../../shared/types.ts'
import type { Line } from './line.ts'

const purchases = StreamSource({
  name: 'purchases',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [
    Field('user', String),
    Field('at', Timestamp),
    Field('amount', Float64),
    Field('items', Int64, { nullable: true }),
  ],
})
const user = Entity({ name: 'user', joinKeys: [Field('user', String)] })
const latestPurchase = StreamFeatureView({
  name: 'latest_purchase',
  source: purchases,
  entities: [user],
  features: [Attribute('amount', Float64), Attribute('items', Int64), Attribute('at', Timestamp)],
})
const purchaseFeatures = FeatureService({ name: 'purchase_features', features: [latestPurchase] })

interface Purchase {
  readonly user: string
  readonly at: string
  readonly amount: number
  readonly items: number | null
}

const users = ['ann', 'ben', 'cleo', 'dora', 'eve', 'fritz', 'gül']

/** Purchase number `at` of the story; times jump about, so that late ones must not win. */
function purchase(at: number): Purchase {
  const minute = globalThis.String((at * 37) % 60).padStart(2, '0')
  return {
    user: users[at % users.length] ?? '',
    at: `2026-01-02T10:${minute}:00.${globalThis.String(at).padStart(6, '0')}Z`,
    amount: at / 8,
    items: at % 3 === 0 ? null : at,
  }
}

/** How a reader who shares no code with the gateway sees the parts: rows in the order of the log. */
export type PartReader = (line: Line, source: string) => Promise<readonly unknown[]>

/**
 * Takes records the whole way and looks at them wherever they are to be seen: pushed, acknowledged, read at
 * once as features, in the tail, rolled, in parts, in parts and tail together. Fails where anything differs.
 */
export async function walkLine(line: Line, readParts?: PartReader): Promise<void> {
  const pushed: Purchase[] = []
  await line.apply([purchaseFeatures])
  const client = line.client()

  const push = async (count: number) => {
    const records = Array.from({ length: count }, (_, at) => purchase(pushed.length + at))
    pushed.push(...records)
    const receipts = records.map(record => client.push(purchases, record).accepted)
    await client.flush()
    expect((await Promise.all(receipts)).map(({ status }) => status)).toEqual(
      records.map(() => 'accepted'),
    )
  }
  const expectFeatures = async () => {
    for (const name of users) {
      const own = pushed.filter(({ user }) => user === name).sort((a, b) => (a.at < b.at ? -1 : 1))
      const latest = own.at(-1)
      const { values, statuses } = await line.features('purchase_features', { user: name })
      expect(statuses).toEqual(Array(3).fill(latest ? 'PRESENT' : 'MISSING_DATA'))
      expect(values).toEqual({
        'latest_purchase.amount': latest?.amount ?? null,
        'latest_purchase.items': latest?.items?.toString() ?? null,
        'latest_purchase.at': latest?.at ?? null,
      })
    }
  }
  const expectDataFrame = async () => {
    const lines = await line.dataFrame('purchases')
    expect(lines.map(text => JSON.parse(text))).toEqual(pushed)
  }
  const expectParts = async (ranges: readonly (readonly [start: number, end: number])[]) => {
    const parts = await line.parts('purchases')
    expect(parts.map(({ start, end, rows }) => [start, end, rows])).toEqual(
      ranges.map(([start, end]) => [start, end, end - start]),
    )
    const inParts = ranges.at(-1)?.[1] ?? 0
    expect(await line.counts('purchases')).toEqual({
      rows: pushed.length,
      tailRows: pushed.length - inParts,
      parts: ranges.length,
    })
    if (readParts === undefined) return
    expect(await readParts(line, 'purchases')).toEqual(
      pushed.slice(0, inParts).map((record, at) => ({
        ...record,
        at: record.at.replace('T', ' ').replace(/0*Z$/, '+00').replace('.+', '+'),
        _partition: 0,
        _offset: at,
      })),
    )
  }

  await expectFeatures()
  await expectDataFrame()
  for (const count of [1, 5, 24]) {
    await push(count)
    await expectFeatures()
    await expectDataFrame()
  }
  await expectParts([])

  expect(await line.roll('purchases')).toMatchObject([{ status: 'rolled' }])
  await expectParts([[0, 30]])
  await expectDataFrame()
  await expectFeatures()

  await push(13)
  await expectFeatures()
  await expectParts([[0, 30]])
  await expectDataFrame()

  expect(await line.roll('purchases')).toMatchObject([{ status: 'rolled' }])
  expect(await line.roll('purchases')).toMatchObject([{ status: 'empty', parts: [] }])
  await expectParts([
    [0, 30],
    [30, 43],
  ])
  await push(2)
  await expectDataFrame()
  await expectFeatures()
  expect(await client.close()).toMatchObject({ accepted: 45, duplicate: 0, pending: 0 })
}

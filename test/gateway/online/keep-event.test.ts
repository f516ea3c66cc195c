import { expect, it } from 'vitest'
import { effectiveUsOf } from '../../../gateway/online/aggregated-record.ts'
import { aggregationPlan } from '../../../gateway/online/aggregation-plan.ts'
import { type EntityState, encodePiece, isLatest } from '../../../gateway/online/entity-state.ts'
import { aggregateChanges } from '../../../gateway/online/fold-aggregates.ts'
import { readAggregates } from '../../../gateway/online/read-aggregates.ts'
import { noKey } from '../../../gateway/online/tile-rows.ts'

const aggregates = (['sum', 'last'] as const).map(name => ({
  name,
  column: 'x',
  columnKind: 'int64',
  function: { name },
  window: { kind: 'time', sizeMs: 30 * 86_400_000, offsetMs: 0 } as const,
}))
const dayUs = 86_400_000_000
const todayUs = 20_000 * dayUs
const textOf = (us: number) => new Date(us / 1_000).toISOString().replace('Z', '000Z')

it('a busy entity whose times are whole days keeps a few rows, not every record', () => {
  const plan = aggregationPlan({ keys: [], aggregates })
  const items = new Map<string, EntityState>()
  const perDay = 5_000
  for (let offset = 0; offset < 2 * perDay; offset++) {
    const eventTime = textOf(todayUs - (offset % 2) * dayUs)
    const order = { eventTime, ingestUs: todayUs + offset, partition: 0, offset }
    const record = { order, effectiveUs: effectiveUsOf(order), key: noKey, values: [offset] }
    for (const { itemKey, change } of aggregateChanges(plan, '["a"]', record)) {
      items.set(itemKey, change(items.get(itemKey)))
    }
  }
  const sizes = [...items.values()].map(state => (isLatest(state) ? 0 : encodePiece(state).length))
  expect(Math.max(...sizes)).toBeLessThan(64 * 1_024)
  // The window begins right behind the first day's records, in their tile.
  const { values } = readAggregates(plan, '["a"]', todayUs + 29 * dayUs, key => items.get(key))
  const today = Array.from({ length: perDay }, (_, at) => 2 * at)
  expect(values).toEqual([today.reduce((sum, one) => sum + one, 0), 2 * perDay - 2])
})

import { expect, it } from 'vitest'
import type { ReadFeaturesMessage } from '../../../gateway/contracts/feature-shard-contract.ts'
import { type AtShard, answerOver, openServedClicks } from '../support/served-clicks.ts'

const metadataOptions = {
  includeNames: true,
  includeServingStatus: true,
  includeEffectiveTimes: true,
  includeMarks: true,
}

/** What a batch of one row is answered where every shard says so of every view. */
async function answeredWhere(
  at: number,
  reading: Awaited<ReturnType<ReturnType<AtShard>>>['readings'][number][number],
  more: object = {},
) {
  const served = await openServedClicks(at)
  const asked: ReadFeaturesMessage[] = []
  const { reply } = await answerOver(
    served,
    ['user 1'],
    { metadataOptions, ...more },
    real => async message => {
      asked.push(message)
      const said = await real(message)
      const readings = message.keys.map(() => message.viewIds.map(() => reading))
      return { ...said, readings, atUs: 1_767_312_001_000_001 }
    },
  )
  const json: unknown = await (await reply).json()
  return { json, asked }
}

it('a view that is built anew is UNKNOWN, and names no cut', async () => {
  const { json } = await answeredWhere(0, { status: 'unknown' })
  expect(json).toMatchObject({
    result: [{ features: [null, null, null, null, null] }],
    metadata: { features: Array(5).fill({ status: ['UNKNOWN'] }), marks: [{}] },
  })
})

it('a value of no data is MISSING_DATA, and stays what it is', async () => {
  const state = { eventTime: '2026-01-02T00:00:01.000000Z', ingestUs: 0, values: [0, null] }
  const { json } = await answeredWhere(1, {
    status: 'present',
    state: { ...state, present: [false, true] },
  })
  expect(json).toMatchObject({
    result: [{ features: ['0', 0, null, '0', null] }],
    metadata: {
      features: [
        { name: 'again.n', status: ['MISSING_DATA'], effectiveTimes: [null] },
        { name: 'by_number.score', status: ['MISSING_DATA'], effectiveTimes: [null] },
        { name: 'by_number.user', status: ['PRESENT'], effectiveTimes: [state.eventTime] },
        { name: 'latest_clicks.n', status: ['MISSING_DATA'], effectiveTimes: [null] },
        { name: 'latest_clicks.score', status: ['PRESENT'], effectiveTimes: [state.eventTime] },
      ],
    },
  })
})

it('marks name the moment of the reading', async () => {
  const { json } = await answeredWhere(2, { status: 'missing' })
  const mark = { source: 'clicks', cut: '0:11', at: '2026-01-02T00:00:01.000001Z' }
  expect(json).toMatchObject({
    metadata: { marks: [{ again: mark, by_number: mark, latest_clicks: mark }] },
  })
})

it('a request says to the shards what windows end at, or leaves it to the views', async () => {
  const edge = { aggregationLeadingEdge: 'AGGREGATION_MODE_LATEST_EVENT_TIME' }
  const { asked } = await answeredWhere(3, { status: 'missing' }, { requestOptions: edge })
  expect(asked.map(({ leadingEdge }) => leadingEdge)).toEqual(Array(2).fill('latest_event_time'))
  const { asked: plain } = await answeredWhere(4, { status: 'missing' })
  expect(plain.some(message => 'leadingEdge' in message)).toBe(false)
})

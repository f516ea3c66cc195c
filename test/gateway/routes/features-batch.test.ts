import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFeaturesRequest } from '../../../gateway/routes/features-request.ts'
import { answerFeatures } from '../../../gateway/routes/features-route.ts'
import { limits } from '../../../shared/limits.ts'
import { featuresPorts } from '../support/features-ports.ts'
import { answerOver, featuresOf, openServedClicks, users } from '../support/served-clicks.ts'

const path = '/api/v1/feature-service/get-features-batch'

describe('get-features-batch', () => {
  it('gives what get-features gives of each row, whatever the rows', async () => {
    const { workspace, batch, rowOf } = await openServedClicks(0)
    const anyUser = fc.constantFrom(...users, 'nobody')
    await fc.assert(
      fc.asyncProperty(fc.array(anyUser, { minLength: 1, maxLength: 20 }), async asked => {
        const { status, json } = await batch(asked)
        expect([status, json]).toEqual([
          200,
          { result: asked.map(user => ({ features: featuresOf(user) })) },
        ])
      }),
      { numRuns: 20 },
    )
    const alone = await workspace.features('both', rowOf('user 7').joinKeyMap)
    expect(alone.json).toEqual({ result: { features: featuresOf('user 7') } })
  })

  it('says by row what differs by row', async () => {
    const { batch } = await openServedClicks(1)
    const asked = ['user 3', 'nobody', 'user 3']
    const { json } = await batch(asked, {
      metadataOptions: {
        includeNames: true,
        includeDataTypes: true,
        includeEffectiveTimes: true,
        includeServingStatus: true,
        includeSloInfo: true,
        includeMarks: true,
      },
    })
    const time = '2026-01-02T00:00:03.000000Z'
    const slo = {
      sloEligible: true,
      sloIneligibilityReasons: [],
      sloServerTimeSeconds: expect.any(Number),
      serverTimeSeconds: expect.any(Number),
      storeMaxLatency: expect.any(Number),
    }
    const mark = { source: 'clicks', cut: '0:11' }
    const marks = { again: mark, by_number: mark, latest_clicks: mark }
    expect(json).toMatchObject({
      metadata: {
        features: [
          {
            name: 'again.n',
            dataType: { type: 'int64' },
            effectiveTime: time,
            effectiveTimes: [time, null, time],
            status: ['PRESENT', 'MISSING_DATA', 'PRESENT'],
          },
          {
            name: 'by_number.score',
            effectiveTimes: [time, '2026-01-02T00:00:00.000000Z', time],
            status: ['PRESENT', 'PRESENT', 'PRESENT'],
          },
          { name: 'by_number.user', dataType: { type: 'string' } },
          { name: 'latest_clicks.n' },
          { name: 'latest_clicks.score' },
        ],
        sloInfo: [slo, slo, slo],
        batchSloInfo: { ...slo, storeResponseSizeBytes: expect.any(Number) },
        marks: [marks, marks, marks],
      },
    })
    // One time for all rows would be wrong of some.
    expect(json).not.toHaveProperty('metadata.features.1.effectiveTime')
  })

  it('asks each shard of each entity set once, for all keys and views, a key that comes twice once', async () => {
    const served = await openServedClicks(2)
    expect((await served.scale(['user'], 2)).status).toBe(200)
    const asked = [...users, ...users, 'user 1']
    const calls: { shard: number; keys: readonly string[]; views: number }[] = []
    const { reply } = await answerOver(served, asked, {}, (real, { shard }) => message => {
      calls.push({ shard, keys: message.keys, views: message.viewIds.length })
      return real(message)
    })
    const json = await (await reply).json()
    expect(json).toEqual({ result: asked.map(user => ({ features: featuresOf(user) })) })
    // Two shards of users with two views each, one of numbers.
    expect(calls.map(({ shard, views }) => [views, shard]).sort()).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
    ])
    expect(calls.map(({ keys }) => keys.length).reduce((sum, count) => sum + count)).toBe(24)
  })

  it('follows slots to the shards that have them by now', async () => {
    const served = await openServedClicks(3)
    const old = await served.compiled()
    expect((await served.scale(['user'], 4)).status).toBe(200)
    // Each shard learns of the count from whoever knows it.
    expect((await served.batch(users)).status).toBe(200)
    const moved: (number | undefined)[] = []
    const { peers, ...ports } = featuresPorts()
    const reply = await answerFeatures(
      {
        ...ports,
        peers: {
          ...peers,
          shard: (...whose) => {
            const stub = peers.shard(...whose)
            return {
              ...stub,
              read: async message => {
                const said = await stub.read(message)
                moved.push(said.moved)
                return said
              },
            }
          },
        },
      },
      parseFeaturesRequest(JSON.stringify({ params: served.params(users) }), 'batch'),
      // The versions are newer, too, once the slots have moved.
      async (_, __, seen) => (seen === undefined ? old : served.compiled()),
    )
    expect(moved).toContain(4)
    expect(await reply.json()).toEqual({
      result: users.map(user => ({ features: featuresOf(user) })),
    })
  })

  it('refuses more rows than fit, none, and what is no row, and names the row', async () => {
    const { workspace, batch, params } = await openServedClicks(4)
    const many = Array.from({ length: limits.maxFeatureRows + 1 }, () => 'user 1')
    expect((await batch(many.slice(1))).status).toBe(200)
    const tooMany = await batch(many)
    expect([tooMany.status, tooMany.json]).toEqual([
      413,
      {
        error: expect.any(String),
        code: 3,
        message: '"params.requestData" has 101 rows; the limit is 100.',
      },
    ])
    const row = params(['user 1']).requestData[0]
    const refused: readonly (readonly [unknown, string])[] = [
      [[], 'one row at least'],
      [undefined, 'one row at least'],
      [{}, 'one row at least'],
      [[row, 1], '"params.requestData[1]" is an object.'],
      [[row, { joinKeyMap: { user: 'a' } }], 'requestData[1]: Missing required join key: n'],
      [[row, row, { joinKeyMap: { user: 1, n: 1 } }], 'requestData[2]: Invalid join key: user'],
      [[row, { ...row, requestContextMap: { amount: 1 } }], 'requestData[1]: Unexpected request'],
    ]
    for (const [requestData, sentence] of refused) {
      const { status, json } = await workspace.send(path, {
        method: 'POST',
        body: JSON.stringify({ params: { ...params([]), requestData } }),
      })
      const message = expect.stringContaining(sentence)
      expect([status, json]).toEqual([400, { error: message, code: 3, message }])
    }
  })
})

import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../gateway/ports.ts'
import { type AtShard, answerOver, featuresOf, openServedClicks } from '../support/served-clicks.ts'

const asked = {
  metadataOptions: { includeServingStatus: true, includeSloInfo: true },
  requestOptions: { latencyBudgetMs: '250' },
}

/** A clock on which a wait is over when the test says so, and what was waited for. */
function handClock() {
  const { promise, resolve: strike } = Promise.withResolvers<void>()
  const slept: { readonly ms: number; readonly until: AbortSignal | undefined }[] = []
  const clock: Clock = {
    now: () => 1_000,
    sleep: (ms, until) => {
      slept.push({ ms, until })
      return promise
    },
  }
  return { clock, strike, waits: () => slept.map(({ ms, until }) => [ms, until?.aborted]) }
}

const silent = () => new Promise<never>(() => {})

describe('a shard that does not answer in time', () => {
  it('leaves null and TIME_OUT where partial results are allowed', async () => {
    const served = await openServedClicks(5)
    const numbers = await served.numbersSet()
    const { clock, strike, waits } = handClock()
    const atShard: AtShard = (real, { set }) =>
      set === numbers
        ? silent
        : async message => {
            const said = await real(message)
            // After all that follows from this answer.
            void scheduler.wait(0).then(strike)
            return said
          }
    const more = { ...asked, allowPartialResults: true }
    const { reply } = await answerOver(served, ['user 1', 'user 2'], more, atShard, clock)
    const answered = await reply
    expect(answered.status).toBe(200)
    expect(await answered.json()).toMatchObject({
      result: [{ features: ['1', null, null, '1', 0.5] }, { features: ['2', null, null, '2', 1] }],
      metadata: {
        features: [
          { status: ['PRESENT', 'PRESENT'] },
          { status: ['TIME_OUT', 'TIME_OUT'] },
          { status: ['TIME_OUT', 'TIME_OUT'] },
          { status: ['PRESENT', 'PRESENT'] },
          { status: ['PRESENT', 'PRESENT'] },
        ],
        batchSloInfo: { sloEligible: false, sloIneligibilityReasons: ['UNKNOWN'] },
      },
    })
    expect(waits()).toEqual([[250, true]])
  })

  it('is a 504 where they are not, after two seconds where nothing is asked for', async () => {
    const served = await openServedClicks(6)
    const { clock, strike, waits } = handClock()
    const { reply } = await answerOver(
      served,
      ['user 1'],
      {},
      () => () => {
        strike()
        return silent()
      },
      clock,
    )
    await expect(reply).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: expect.stringMatching(/budget of 2000 ms .* again, by_number, latest_clicks were/),
    })
    expect(waits()).toEqual([[2_000, true]])
  })
})

describe('a shard that fails', () => {
  const failing = async (served: Awaited<ReturnType<typeof openServedClicks>>, times: number) => {
    const numbers = await served.numbersSet()
    let left = times
    const atShard: AtShard = (real, { set }) =>
      set === numbers && left-- > 0
        ? () => Promise.reject(new Error('The object was reset.'))
        : real
    return atShard
  }

  it('is asked again', async () => {
    const served = await openServedClicks(7)
    const { reply, reports } = await answerOver(served, ['user 1'], {}, await failing(served, 1))
    expect(await (await reply).json()).toEqual({ result: [{ features: featuresOf('user 1') }] })
    expect(reports).toEqual([])
  })

  it('again and again is a 503, or UNKNOWN where partial results are allowed', async () => {
    const served = await openServedClicks(8)
    const refused = await answerOver(served, ['user 1'], {}, await failing(served, 9))
    await expect(refused.reply).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
    expect(refused.reports).toEqual(['shard not read'])

    const more = { ...asked, allowPartialResults: true, requestOptions: {} }
    const { reply } = await answerOver(served, ['user 1'], more, await failing(served, 9))
    expect(await (await reply).json()).toMatchObject({
      result: [{ features: ['1', null, null, '1', 0.5] }],
      metadata: { features: [{ status: ['PRESENT'] }, { status: ['UNKNOWN'] }, {}, {}, {}] },
    })
  })
})

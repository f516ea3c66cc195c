import { describe, expect, it } from 'vitest'
import { askAgain } from '../../gateway/ask-again.ts'

/** Asks something that throws the causes one after the other, then answers; gives how it went. */
async function asked(causes: readonly unknown[]) {
  const pauses: number[] = []
  const clock = {
    sleep: async (ms: number) => {
      pauses.push(ms)
    },
  }
  const left = [...causes]
  const outcome = await askAgain(clock, async () => {
    if (left.length > 0) throw left.shift()
    return 'answered'
  }).catch((cause: unknown) => cause)
  return { outcome, asks: causes.length - left.length, pauses }
}

const reset = (times: number) => Array.from({ length: times }, (_, at) => new Error(`reset ${at}`))

describe('asking again', () => {
  it('gives the answer that comes after failures', async () => {
    expect(await asked([])).toEqual({ outcome: 'answered', asks: 0, pauses: [] })
    expect(await asked(reset(3))).toEqual({
      outcome: 'answered',
      asks: 3,
      pauses: [50, 100, 200],
    })
  })

  it('throws the last failure when none comes', async () => {
    const { outcome, asks, pauses } = await asked(reset(9))
    expect(outcome).toEqual(new Error('reset 3'))
    expect({ asks, pauses }).toEqual({ asks: 4, pauses: [50, 100, 200] })
  })

  it('leaves an overloaded object alone', async () => {
    const overloaded = Object.assign(new Error('Too many requests.'), { overloaded: true })
    expect(await asked([overloaded])).toEqual({ outcome: overloaded, asks: 1, pauses: [] })
    expect(await asked([new Error('reset'), overloaded])).toMatchObject({ asks: 2 })
  })

  it('ends once nobody waits any more, and its pause with it', async () => {
    const over = new AbortController()
    let asks = 0
    const clock = {
      sleep: async (_: number, until?: AbortSignal) => {
        over.abort()
        expect(until?.aborted).toBe(true)
      },
    }
    const ask = () => Promise.reject(new Error(`reset ${asks++}`))
    await expect(askAgain(clock, ask, over.signal)).rejects.toThrow('reset 0')
    expect(asks).toBe(1)
  })
})

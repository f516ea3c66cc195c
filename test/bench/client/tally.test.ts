import { describe, expect, it } from 'vitest'
import { createTally } from '../../../bench/client/tally.ts'

describe('the tally', () => {
  it('counts copies, and those that no server could tell apart', () => {
    const tally = createTally(false)
    tally.took([{ n: 1, id: 'a' }, { n: 2, id: 'b' }, { n: 3 }])
    expect(tally.read()).toMatchObject({ delivered: 3, copies: 0, storedTwice: 0 })
    expect(tally.read().oneId).toBeUndefined()
    tally.took([{ n: 1, id: 'a' }])
    expect(tally.read()).toMatchObject({ delivered: 3, copies: 1, oneId: true, storedTwice: 0 })
    tally.took([{ n: 3 }, { n: 3 }])
    expect(tally.read()).toMatchObject({ delivered: 3, copies: 3, oneId: false, storedTwice: 2 })
    tally.took([{ n: 2, id: 'c' }])
    expect(tally.read()).toMatchObject({ delivered: 3, copies: 4, oneId: false, storedTwice: 3 })
  })

  it('goes by what was stored where the server says so', () => {
    const tally = createTally(true)
    tally.took([{ n: 1, id: 'a' }])
    tally.took([{ n: 1, id: 'a' }])
    expect(tally.read()).toMatchObject({ delivered: 0, copies: 1, storedTwice: 0 })
    for (const n of [1, 1, 2]) tally.store(n)
    expect(tally.read()).toMatchObject({ delivered: 2, storedTwice: 1 })
  })

  it('knows the most requests that were open at once, and who did not wait after a 429', () => {
    const tally = createTally(false)
    tally.opened()
    tally.opened()
    tally.closed()
    tally.opened()
    tally.throttled(1_000)
    for (const ms of [1_000, 1_949, 1_950, 3_000]) tally.request(10, ms)
    expect(tally.read()).toMatchObject({ peak: 2, requests: 4, bytes: 40, impatient: 2 })
  })
})

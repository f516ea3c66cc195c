import { describe, expect, it } from 'vitest'
import { digestInOrder } from './exact-digest.ts'
import { faultKinds, noFaults, singleFault, swarmFaults } from './faults.ts'
import { runSchedule } from './run-schedule.ts'

digestInOrder()

/** `npm run simulate` runs many more; these keep every change honest. */
const seeds = Array.from({ length: 60 }, (_, at) => at + 1)

describe('the whole gateway under faults', () => {
  it('loses nothing, doubles nothing and serves the fold of its log, whatever the seed', async () => {
    const failed: string[] = []
    let faults = 0
    for (const seed of seeds) {
      const result = await runSchedule(seed, swarmFaults)
      faults += result.faults
      for (const sentence of result.wrong) failed.push(`seed ${seed}: ${sentence}`)
    }
    expect(failed).toEqual([])
    expect(faults / seeds.length).toBeGreaterThan(5)
  })

  it('replays a seed to the letter', async () => {
    for (const seed of seeds.slice(0, 10)) {
      const first = await runSchedule(seed, swarmFaults)
      const second = await runSchedule(seed, swarmFaults)
      expect(second.hash, `seed ${seed}`).toBe(first.hash)
    }
  })

  it('survives one fault of each kind at calls spread over a run', async () => {
    const { calls } = await runSchedule(1, noFaults)
    const failed: string[] = []
    for (let at = 0; at < calls; at += 17) {
      for (const kind of faultKinds) {
        const result = await runSchedule(1, () => singleFault(at, kind))
        for (const sentence of result.wrong) failed.push(`call ${at} ${kind}: ${sentence}`)
      }
    }
    expect(failed).toEqual([])
  })
})

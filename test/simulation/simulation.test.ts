import { describe, expect, it } from 'vitest'
import { huntMutants, keptMutants, lawOf } from './hunt-mutants.ts'
import regressions from './regressions.json' with { type: 'json' }
import { pointsOf, runJob } from './run-many.ts'

/** `npm run simulate` runs many more; these keep every change honest. */
const seeds = Array.from({ length: 35 }, (_, at) => at + 1)

describe('the whole gateway under faults', () => {
  it('loses nothing, doubles nothing and serves the fold of its log, whatever the seed', async () => {
    const failed: string[] = []
    let faults = 0
    for (const seed of seeds) {
      const result = await runJob({ seed })
      faults += result.faults
      for (const sentence of result.wrong) failed.push(`seed ${seed}: ${sentence}`)
    }
    expect(failed).toEqual([])
    expect(faults / seeds.length).toBeGreaterThan(5)
  })

  it('passes the schedules that once failed', async () => {
    for (const seed of regressions) {
      const { wrong } = await runJob({ seed })
      expect(wrong, `seed ${seed}`).toEqual([])
    }
  })

  it('replays a seed to the letter', async () => {
    for (const seed of seeds.slice(0, 10)) {
      const first = await runJob({ seed })
      const second = await runJob({ seed })
      expect(second.hash, `seed ${seed}`).toBe(first.hash)
    }
  })

  it('survives one fault of each kind at calls spread over a run', async () => {
    const points = await pointsOf(3)
    const failed: string[] = []
    for (let at = 0; at < points.length; at += 23) {
      const point = points[at]
      if (point === undefined) continue
      const { wrong } = await runJob(point)
      for (const sentence of wrong) failed.push(`${JSON.stringify(point.single)}: ${sentence}`)
    }
    expect(failed).toEqual([])
  })

  it('finds planted bugs', async () => {
    const some = keptMutants().filter(path =>
      /no-dedupe|16-acknowledged-before-readable|no-catch-up/.test(path),
    )
    const hunted = await huntMutants({ patches: some, seeds: '60', report: () => {} })
    expect(hunted.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(
      hunted.map(({ name }) => `${name} found`),
    )
    expect(hunted).toHaveLength(3)
    for (const path of keptMutants()) expect(lawOf(path), path).toMatch(/^[A-Z]\d+ /)
  })
})

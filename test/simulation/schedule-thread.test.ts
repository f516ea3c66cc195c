import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { followWork } from './follow-work.ts'
import { runOnThreads } from './schedule-pool.ts'
import { scheduleThread } from './schedule-thread.ts'

/** Schedules with planted ends, by their seeds: only some are answered. */
const planted = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads'
    const ends = {
      1: () => new Promise(() => {}),
      2: () => { for (;;); },
      3: async () => { for (;;) await undefined },
      4: async () => { throw new Error('planted') },
      5: () => process.exit(7),
    }
    parentPort.on('message', ({ seed }) => {
      void Promise.resolve((ends[seed] ?? (async () => {}))()).then(() =>
        parentPort.postMessage({ seed, wrong: [] }),
      )
    })
  `)}`,
)
const late = 'I11 the schedule never ends: it was given 3 seconds'

describe('a thread for schedules', () => {
  it.each([
    [1, 'waits for what never comes', late],
    [2, 'turns in a circle', late],
    [3, 'turns in a circle of promises', late],
    [4, 'throws', 'I11 the schedule threw: Error: planted'],
    [5, 'ends its thread', 'I11 the schedule ended its thread with 7'],
  ])('tells the seed %i of one that %s, and runs the next', async (seed, _, sentence) => {
    const thread = scheduleThread(3_000, planted)
    try {
      expect(await thread.run({ seed: 6 })).toEqual({ seed: 6, wrong: [] })
      expect(await thread.run({ seed })).toMatchObject({
        seed,
        wrong: [sentence],
        isBrokenOff: true,
      })
      expect(await thread.run({ seed: 7 })).toEqual({ seed: 7, wrong: [] })
    } finally {
      await thread.close()
    }
  })

  it('holds nobody up who runs many: the others are told in order', async () => {
    const told: [number, number][] = []
    const jobs = [0, 1, 4, 6, 7].map(seed => ({ seed }))
    await runOnThreads(
      2,
      3_000,
      jobs,
      ({ seed, wrong }) => told.push([seed, wrong.length]) > 0,
      planted,
    )
    expect(told).toEqual([
      [0, 0],
      [1, 1],
      [4, 1],
      [6, 0],
      [7, 0],
    ])
  })
})

describe('work that nobody awaits', () => {
  it('is wrong when it fails, and open until it is over', async () => {
    const wrong: string[] = []
    const { follow, open } = followWork(wrong)
    follow(Promise.resolve(), 'one')
    follow(Promise.reject(new Error('planted')), 'two')
    follow(new Promise(() => {}), 'three')
    await new Promise(setImmediate)
    expect(open()).toEqual(['three'])
    expect(wrong).toEqual(['I11 two failed: Error: planted'])
  })
})

describe('a long run', () => {
  it('says how far it has come where there is no terminal', () => {
    const script = fileURLToPath(new URL('./simulate.ts', import.meta.url))
    const args = ['--seeds', '12', '--points', '0', '--progress', '0.1']
    const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', script, ...args], {
      encoding: 'utf8',
    })
    expect(stderr).toMatch(/^\d+ of \d+ schedules, \d+ replays, 0 of 0 points; 0 failures; .*\n/)
    expect(stdout).toMatch(/^\{"command":"simulate","ok":true/)
  })
})

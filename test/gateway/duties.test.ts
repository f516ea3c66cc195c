import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDuties, type Duty } from '../../gateway/duties.ts'
import { platformPorts } from '../../gateway/platform/ports.ts'
import { testWorkspaceIds } from '../support/test-keys.ts'

interface Bench {
  now: number
  readonly reports: string[]
  readonly random: number
}

/** Duties on an object's real storage and alarm, by a clock that the test moves. */
async function withDuties(
  name: string,
  duties: (bench: Bench) => { readonly [what: string]: Duty },
  work: (
    made: ReturnType<typeof createDuties>,
    bench: Bench,
    state: DurableObjectState,
  ) => Promise<void>,
): Promise<void> {
  const stub = env.CATALOGUE.getByName(`${testWorkspaceIds[1]}/${name}`)
  await runInDurableObject(stub, async (_, state) => {
    const ports = platformPorts(state, env)
    const bench: Bench = { now: 4_000_000_000_000, reports: [], random: 0.5 }
    const made = createDuties(
      {
        storage: ports.storage,
        clock: { ...ports.clock, now: () => bench.now },
        random: { ...ports.random, number: () => bench.random },
        report: event => bench.reports.push(event),
      },
      duties(bench),
    )
    await work(made, bench, state)
  })
}

const rowsOf = (state: DurableObjectState) =>
  state.storage.sql.exec('SELECT what, due_ms, attempts FROM duties ORDER BY what').toArray()

describe('duties', () => {
  it('are done when due, and arm the alarm for the earliest of the rest', async () => {
    const done: string[] = []
    const duties = () => ({
      one: async () => void done.push('one'),
      two: async () => void done.push('two'),
    })
    await withDuties('order', duties, async ({ set, run }, bench, state) => {
      const start = bench.now
      set('two', start + 2_000)
      set('one', start + 1_000)
      expect(await state.storage.getAlarm()).toBe(start + 1_000)
      await run()
      expect(done).toEqual([])
      bench.now += 1_000
      await run()
      expect(done).toEqual(['one'])
      expect(await state.storage.getAlarm()).toBe(start + 2_000)
      expect(rowsOf(state)).toEqual([{ what: 'two', due_ms: start + 2_000, attempts: 0 }])
    })
  })

  it('may be set earlier but not later', async () => {
    await withDuties(
      'earlier',
      () => ({}),
      async ({ set }, { now }, state) => {
        set('one', now + 2_000)
        set('one', now + 3_000)
        expect(await state.storage.getAlarm()).toBe(now + 2_000)
        set('one', now + 1_000)
        expect(await state.storage.getAlarm()).toBe(now + 1_000)
      },
    )
  })

  it('back off when they fail, stay, and never throw', async () => {
    let failing = true
    const duties = () => ({
      one: async () => {
        if (failing) throw new Error('not now')
        return undefined
      },
    })
    await withDuties('backoff', duties, async ({ set, run }, bench, state) => {
      set('one', bench.now)
      const waits: number[] = []
      for (let attempt = 1; attempt <= 12; attempt++) {
        await run()
        const [row] = rowsOf(state)
        expect(row?.attempts).toBe(attempt)
        expect(await state.storage.getAlarm()).toBe(row?.due_ms)
        waits.push(Number(row?.due_ms) - bench.now)
        bench.now = Number(row?.due_ms)
      }
      expect(waits.slice(0, 4)).toEqual([750, 1_500, 3_000, 6_000])
      expect(waits.at(-1)).toBe(225_000)
      expect(bench.reports).toEqual(Array(12).fill('duty failed'))
      failing = false
      await run()
      expect(rowsOf(state)).toEqual([])
    })
  })

  it('keep their backoff when they are set again: whoever sets them does not know that they fail', async () => {
    const duties = () => ({ one: () => Promise.reject(new Error('not now')) })
    await withDuties('kept', duties, async ({ set, run }, { now }, state) => {
      set('one', now)
      await run()
      const [row] = rowsOf(state)
      set('one', now)
      expect(rowsOf(state)).toEqual([row])
    })
  })

  it('come again when they are set while they run', async () => {
    let runs = 0
    let setAgain = (_: number) => {}
    const duties = (bench: Bench) => ({
      one: async () => {
        if (++runs === 1) setAgain(bench.now + 500)
        return undefined
      },
    })
    await withDuties('again', duties, async ({ set, run }, bench, state) => {
      setAgain = due => set('one', due)
      set('one', bench.now)
      await run()
      expect(await state.storage.getAlarm()).toBe(bench.now + 500)
      bench.now += 500
      await run()
      expect(runs).toBe(2)
      expect(rowsOf(state)).toEqual([])
    })
  })

  it('do not hold up the others when one of them fails', async () => {
    let done = false
    const duties = () => ({
      one: () => Promise.reject(new Error('not now')),
      two: async () => {
        done = true
        return undefined
      },
    })
    await withDuties('others', duties, async ({ set, run }, bench, state) => {
      set('one', bench.now)
      set('two', bench.now)
      await run()
      expect(done).toBe(true)
      expect(rowsOf(state)).toHaveLength(1)
    })
  })

  it('come back by wake when the alarm was lost', async () => {
    await withDuties(
      'lost',
      () => ({}),
      async ({ set, wake }, { now }, state) => {
        set('one', now + 1_000)
        await state.storage.deleteAlarm()
        wake()
        expect(await state.storage.getAlarm()).toBe(now + 1_000)
      },
    )
  })

  it('never make an alarm throw, even when the table is damaged', async () => {
    await withDuties(
      'damaged',
      () => ({}),
      async ({ set, run }, bench, state) => {
        set('one', bench.now)
        state.storage.sql.exec("UPDATE duties SET attempts = 'many'")
        await run()
        expect(bench.reports).toEqual(['duties failed'])
      },
    )
  })

  it('run by the alarm of a real object', async () => {
    const stub = env.LOG_PARTITION.getByName(`${testWorkspaceIds[1]}/alarm/0`)
    await runInDurableObject(stub, (_, state) => {
      state.storage.sql.exec("INSERT INTO duties VALUES ('forget', 0, 0)")
      return state.storage.setAlarm(Date.now() + 60_000)
    })
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect(await runInDurableObject(stub, (_, state) => rowsOf(state))).toEqual([])
  })
})

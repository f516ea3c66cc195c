import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { closedHoursIn, hourMs, tenOClock } from '../support/closed-hours.ts'
import { historiesIn, type Logged } from '../support/history.ts'
import { numbersIn } from '../support/numbers.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(22)
const runs = 20
const names = Array.from({ length: runs }, (_, at) => `moving${at}`)
await workspace.apply(names.map(name => plainSource(name)))
const { append } = numbersIn(workspace)
const { alarm, setTime } = closedHoursIn(workspace)
const { open, tail, moveTail, frame } = historiesIn(workspace)

beforeEach(() => setTime(tenOClock))
afterEach(() => {
  vi.useRealTimers()
})

type Turn =
  | { readonly what: 'append'; readonly rows: number }
  | { readonly what: 'roll' | 'move' | 'compact' | 'wait' }
  | { readonly what: 'open' | 'step'; readonly at: number }

const turn: fc.Arbitrary<Turn> = fc.oneof(
  fc.record({ what: fc.constant('append' as const), rows: fc.integer({ min: 1, max: 1_200 }) }),
  fc.record({ what: fc.constantFrom('roll' as const, 'move', 'move', 'compact', 'wait') }),
  fc.record({ what: fc.constantFrom('open' as const, 'step', 'step'), at: fc.nat() }),
)

it('has neither gap nor double, whatever comes between its steps', async () => {
  const free = [...names]
  let isCompared = false
  const property = fc.asyncProperty(
    fc.array(turn, { minLength: 12, maxLength: 24 }),
    fc.nat(),
    async (turns, start) => {
      const source = free.pop()
      // The search for a smaller example ends with the sources.
      if (source === undefined) return
      setTime(tenOClock)
      const truth: Logged[] = []
      const readers: { readonly history: ReturnType<typeof open>; readonly wanted: Logged[] }[] = []
      const grow = async (rows: number) => {
        await append(source, rows, truth.length)
        truth.push(...(await tail(source, truth.length - 1)))
        vi.setSystemTime(Date.now() + 1_000)
      }
      const openAt = (at: number) => {
        const after = (at % (truth.length + 1)) - 1
        const history = open(source, truth.length - 1, { after })
        readers.push({ history, wanted: truth.slice(after + 1) })
      }
      // Two parts and a tail, and a reader that has begun on the first of them.
      for (let part = 0; part < 2; part++) {
        await grow(10)
        await moveTail(source)
      }
      await grow(10)
      openAt(0)
      await readers[0]?.history.next()
      openAt(start)
      for (const turn of turns) {
        if (turn.what === 'append') await grow(turn.rows)
        if (turn.what === 'roll') await workspace.partition(source).roll({ format: 1 })
        if (turn.what === 'move') await moveTail(source)
        if (turn.what === 'compact') {
          vi.setSystemTime(Date.now() + 2 * hourMs)
          await alarm(source)
        }
        if (turn.what === 'wait') {
          vi.setSystemTime(Date.now() + 25 * hourMs)
          await alarm(source)
        }
        if (turn.what === 'open') openAt(turn.at)
        if (turn.what === 'step') await readers[turn.at % readers.length]?.history.next()
      }
      openAt(0)
      for (const { history, wanted } of readers) {
        expect(await history.rest()).toEqual({ seen: wanted })
      }
      expect(await frame(source)).toEqual(truth)
      isCompared = true
    },
  )
  await fc.assert(property, { numRuns: 12 })
  expect(isCompared).toBe(true)
}, 90_000)

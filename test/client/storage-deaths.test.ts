import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { OutboxEntry } from '../../client/outbox.ts'
import { storageOutbox } from '../../client/storage-outbox.ts'
import { asyncStorage } from './support/async-storage.ts'
import { entryOf, receiptOf } from './support/outbox-conformance.ts'
import { createVirtualClock } from './support/virtual-clock.ts'

it('a client that dies at any write leaves in its storage what was kept, as it was last noted', async () => {
  const step = fc.oneof(
    fc.record({ does: fc.constant('append' as const), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ does: fc.constant('attempt' as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ does: fc.constant('settle' as const), count: fc.integer({ min: 1, max: 5 }) }),
  )
  const lives = fc.array(
    fc.record({ steps: fc.array(step, { maxLength: 12 }), writes: fc.nat(25) }),
    { minLength: 1, maxLength: 4 },
  )
  await fc.assert(
    fc.asyncProperty(lives, async given => {
      const { storage } = asyncStorage()
      /** What must be found: unsettled entries whose append was confirmed. */
      const sure = new Map<number, OutboxEntry>()
      /** What may be found besides, since its last call was never answered. */
      const unsure = new Map<number, readonly (OutboxEntry | undefined)[]>()
      let next = 0
      for (const { steps, writes } of [...given, { steps: [], writes: 99 }]) {
        let left = writes
        const write = (call: () => unknown) => (left-- > 0 ? call() : new Promise(() => {}))
        const outbox = storageOutbox({
          storage: {
            getItem: storage.getItem,
            getAllKeys: storage.getAllKeys,
            setItem: (key, value) => write(() => storage.setItem(key, value)),
            removeItem: key => write(() => storage.removeItem(key)),
          },
          clock: createVirtualClock(),
        })
        const found = await inTime(outbox.load())
        if (!found) continue
        const places = found.map(({ sequence }) => sequence)
        expect(places).toEqual(places.toSorted((a, b) => a - b))
        for (const entry of found) {
          const { sequence } = entry
          expect([sure.get(sequence), ...(unsure.get(sequence) ?? [])]).toContainEqual(entry)
          sure.set(sequence, entry)
        }
        for (const sequence of sure.keys())
          if (!places.includes(sequence)) {
            expect(unsure.get(sequence)).toContain(undefined)
            sure.delete(sequence)
          }
        unsure.clear()
        for (const { does, count } of steps) {
          const chosen: OutboxEntry[] =
            does === 'append'
              ? Array.from({ length: count }, () => entryOf(next++))
              : [...sure.values()].slice(0, count).map(entry => ({ attemptedAtMs: next, ...entry }))
          const after = does === 'settle' ? undefined : chosen
          for (const [place, { sequence }] of chosen.entries())
            unsure.set(sequence, [sure.get(sequence), after?.[place]])
          const work =
            does === 'append'
              ? Promise.all(chosen.map(entry => outbox.append(entry)))
              : does === 'attempt'
                ? outbox.attempt(chosen)
                : outbox.settle(chosen, chosen.map(receiptOf))
          if (!(await inTime(Promise.all([work])))) break
          for (const [place, { sequence }] of chosen.entries()) {
            unsure.delete(sequence)
            const entry = after?.[place]
            if (entry) sure.set(sequence, entry)
            else sure.delete(sequence)
          }
        }
      }
    }),
    { numRuns: 500 },
  )
})

/** Gives what a promise comes to if it does without waiting for anything outside. */
async function inTime<T>(work: T | Promise<T>): Promise<T | undefined> {
  let answer: T | undefined
  void Promise.resolve(work).then(given => {
    answer = given
  })
  for (let hop = 0; hop < 400; hop += 1) await undefined
  return answer
}

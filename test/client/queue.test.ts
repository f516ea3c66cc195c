import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createQueue, pendingOf } from '../../client/queue.ts'
import { entryOf } from './support/outbox-conformance.ts'

it('keeps the order and the bytes of what is unsettled, whatever is settled', () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 20 }), kept: fc.array(fc.boolean()) }),
    fc.record({ adopt: fc.integer({ min: 0, max: 3 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), steps => {
      const queue = createQueue()
      let model: ReturnType<typeof pendingOf>[] = []
      const flights: ReturnType<typeof pendingOf>[][] = []
      let sequence = 0
      const fresh = (count: number) =>
        Array.from({ length: count }, () => pendingOf(entryOf(sequence++)))
      for (const step of steps) {
        if ('add' in step) {
          const added = fresh(step.add)
          for (const pending of added) queue.add(pending)
          model.push(...added)
        } else if ('adopt' in step) {
          const adopted = fresh(step.adopt)
          queue.prepend(adopted)
          model = [...adopted, ...model]
        } else {
          const waiting = model.filter(({ state }) => state === 'waiting')
          const batch = queue.ready(step.take)
          expect(batch).toEqual(waiting.slice(0, step.take))
          const lowest = model.find(({ entry }) => entry.producer === batch[0]?.entry.producer)
          expect(queue.floors(batch).get('clicks')).toBe(batch[0] && lowest?.entry.sequence)
          queue.fly(batch)
          for (const [at, pending] of batch.entries()) if (!step.kept[at]) queue.settle(pending)
          model = model.filter(({ state }) => state !== 'settled')
          flights.push(batch)
          if (step.take % 2) for (const flight of flights.splice(0)) queue.land(flight)
        }
        expect(queue.all()).toEqual(model)
        const waiting = model.filter(({ state }) => state === 'waiting')
        expect(queue.waiting()).toBe(waiting.length)
        expect(queue.bytes()).toBe(waiting.reduce((sum, { entry }) => sum + entry.bytes, 0))
      }
    }),
  )
})

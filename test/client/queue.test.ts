import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Pending } from '../../client/pending.ts'
import { createQueue } from '../../client/queue.ts'
import { entryOf } from './support/outbox-conformance.ts'

it('keeps the order and the bytes of what is unsettled, whatever is settled', () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 20 }), kept: fc.array(fc.boolean()) }),
    fc.record({ drop: fc.nat() }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), steps => {
      const queue = createQueue()
      let model: Pending[] = []
      const flights: Pending[][] = []
      let sequence = 0
      for (const step of steps) {
        if ('add' in step) {
          const added = Array.from({ length: step.add }, () => new Pending(entryOf(sequence++)))
          for (const pending of added) queue.add(pending)
          model.push(...added)
        } else if ('drop' in step) {
          const gone = model[step.drop % model.length]
          if (gone) expect([queue.remove(gone), queue.remove(gone)]).toEqual([true, false])
          model = model.filter(pending => pending !== gone)
        } else {
          const batch = model.filter(({ flight }) => !flight).slice(0, step.take)
          const flight = new AbortController()
          for (const pending of batch) queue.fly(pending, flight)
          const gone = new Set(batch.filter((_, at) => step.kept[at]))
          for (const pending of gone) queue.remove(pending)
          model = model.filter(pending => !gone.has(pending))
          flights.push(batch)
          if (step.take % 2)
            for (const pending of flights.splice(0).flat()) {
              const { flight = new AbortController() } = pending
              expect(queue.isIn(new AbortController(), pending)).toBe(false)
              expect(queue.isIn(flight, pending)).toBe(model.includes(pending))
              if (model.includes(pending)) queue.land(pending)
            }
        }
        expect([...queue.items]).toEqual(model)
        const waiting = model.filter(({ flight }) => !flight)
        expect(queue.waiting()).toBe(waiting.length)
        expect(queue.bytes()).toBe(waiting.reduce((sum, { entry }) => sum + entry.bytes, 0))
      }
    }),
  )
})

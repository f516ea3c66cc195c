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
          const batch = queue.first(step.take)
          expect(batch).toEqual(model.slice(0, step.take))
          for (const [at, pending] of batch.entries()) pending.settled = !step.kept[at]
          queue.release(batch.length)
          model = model.filter(({ settled }) => !settled)
        }
        expect(queue.all()).toEqual(model)
        expect(queue.size()).toBe(model.length)
        expect(queue.bytes()).toBe(model.reduce((sum, { entry }) => sum + entry.bytes, 0))
      }
    }),
  )
})

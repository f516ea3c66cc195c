import { describe, expect, it } from 'vitest'
import type { OutboxBounds } from '../../../client/held-entries.ts'
import {
  append,
  entryOf,
  listen,
  type OpenedOutbox,
  otherProducer,
  outboxConformance,
  receiptOf,
} from './outbox-conformance.ts'

interface OpenedPersistentOutbox extends OpenedOutbox {
  /** Spoils what is kept of `entryOf(1)` and puts in what no outbox wrote; gives how many reports that deserves. */
  readonly damage: () => Promise<void>
  /** Reads and writes of the store so far. */
  readonly operations: () => number
}

/** What every outbox must do that outlives its client. `open` gives a fresh one. */
export function persistentConformance(
  name: string,
  open: (bounds?: OutboxBounds) => OpenedPersistentOutbox | Promise<OpenedPersistentOutbox>,
) {
  outboxConformance(name, open)

  describe(`${name} as an outbox that outlives its client`, () => {
    it('keeps what is dropped only because the client closes', async () => {
      const { outbox, reopen } = await open()
      await outbox.load()
      const entries = [entryOf(0), entryOf(1)]
      for (const entry of entries) await outbox.append(entry)
      const closed = { ...receiptOf(entryOf(0)), status: 'dropped', code: 'closed' } as const
      await outbox.settle(entries, [closed, { ...closed, sequence: 1, code: 'too_large' }])
      expect(await (await reopen()).load()).toEqual([entryOf(0)])
    })

    it('gives all that is unsettled though it exceeds the bounds, and refuses more', async () => {
      const { outbox, reopen } = await open({ maxRecords: 3 })
      await outbox.load()
      const entries = [entryOf(0), entryOf(1), entryOf(2)]
      for (const entry of entries) await outbox.append(entry)
      const next = await reopen({ maxRecords: 2 })
      expect(await next.load()).toEqual(entries)
      await expect(append(next, { ...entryOf(0), producer: otherProducer })).rejects.toThrow('full')
    })

    it('survives any number of clients that settle a part of what they find', async () => {
      const { outbox, reopen } = await open()
      await outbox.load()
      const entries = Array.from({ length: 12 }, (_, n) => entryOf(n))
      await Promise.all(entries.map(entry => outbox.append(entry)))
      const left = entries.map(entry => ({ ...entry, attemptedAtMs: 5 }))
      await outbox.attempt(left.slice(0, 6))
      let current = outbox
      for (let round = 0; round < 4; round += 1) {
        const gone = left.slice(2 * round, 2 * round + 2)
        await current.settle(gone, gone.map(receiptOf))
        current = await reopen()
        expect(await current.load()).toEqual([
          ...left.slice(2 * round + 2, 6),
          ...entries.slice(Math.max(6, 2 * round + 2)),
        ])
      }
    })

    it('sets aside what is damaged or foreign, says so once and gives the rest', async () => {
      const { outbox, reopen, damage } = await open()
      await outbox.load()
      const entries = [entryOf(0), entryOf(1), entryOf(2)]
      for (const entry of entries) await outbox.append(entry)
      await outbox.append({ ...entryOf(0), producer: otherProducer })
      await damage()
      const next = await reopen()
      const heard = listen(next)
      const found = await next.load()
      expect(found.map(({ producer, sequence }) => `${producer.slice(0, 2)}${sequence}`)).toEqual(
        expect.arrayContaining(['ab0', 'ab2', 'cd0']),
      )
      expect(found).toHaveLength(3)
      expect(heard.reports.join()).toContain('set aside')
      const last = await reopen()
      const later = listen(last)
      expect(await last.load()).toEqual(found)
      expect(later.reports).toEqual([])
    })

    it('keeps what was pushed together with what is settled before it is saved', async () => {
      const { outbox, reopen } = await open()
      await outbox.load()
      const kept = [entryOf(0), entryOf(1)].map(entry => outbox.append(entry))
      const noted = outbox.attempt([{ ...entryOf(0), attemptedAtMs: 1 }])
      await outbox.settle([entryOf(0)], [receiptOf(entryOf(0))])
      await Promise.all([...kept, noted])
      // The settled one may come again: it costs a duplicate.
      expect(await (await reopen()).load()).toContainEqual(entryOf(1))
    })

    it('fails to note an attempt of what it does not hold', async () => {
      const { outbox } = await open()
      await outbox.load()
      await outbox.append(entryOf(0))
      const attempt = async () => outbox.attempt([{ ...entryOf(7), attemptedAtMs: 1 }])
      await expect(attempt()).rejects.toThrow('owns')
    })

    it('gives up all when it is released, and goes on with another producer', async () => {
      const { outbox, reopen } = await open()
      await outbox.load()
      await outbox.append(entryOf(0))
      await outbox.release?.()
      await expect(
        (async () => outbox.attempt([{ ...entryOf(0), attemptedAtMs: 1 }]))(),
      ).rejects.toThrow()
      expect(await outbox.load()).toEqual([entryOf(0)])
      const mine = { ...entryOf(0), producer: otherProducer }
      await outbox.append(mine)
      await outbox.release?.()
      expect(await (await reopen()).load()).toEqual([entryOf(0), mine])
    })

    it('keeps, notes and forgets 10,000 records in a number of operations that grows with the calls', async () => {
      const costOf = async (turns: number) => {
        const { outbox, operations } = await open()
        await outbox.load()
        const before = operations()
        for (let turn = 0; turn < turns; turn += 1)
          await Promise.all(
            Array.from({ length: 100 }, (_, n) => outbox.append(entryOf(100 * turn + n))),
          )
        for (let turn = 0; turn < turns; turn += 1) {
          const left = Array.from({ length: 100 }, (_, n) => ({
            ...entryOf(100 * turn + n),
            attemptedAtMs: 1,
          }))
          await outbox.attempt(left)
          await outbox.settle(left, left.map(receiptOf))
        }
        return operations() - before
      }
      const [few, many] = [await costOf(10), await costOf(100)]
      expect(few).toBeGreaterThan(0)
      expect(many).toBeLessThanOrEqual(10.5 * few)
    })
  })
}

import { describe, expect, it } from 'vitest'
import type { Outbox, OutboxEntry, Receipt } from '../../../client/index.ts'

const producer = 'ab'.repeat(16)

export function entryOf(sequence: number, source = 'clicks'): OutboxEntry {
  const text = `{"n":"${sequence}"}`
  return { producer, source, sequence, text, bytes: text.length }
}

function receiptOf({ source, sequence }: OutboxEntry): Receipt {
  return { source, sequence, status: 'accepted' }
}

/**
 * What every outbox must do. `open` gives a fresh one and `reopen` what the next client finds in its place.
 */
export function outboxConformance(
  name: string,
  open: () => { outbox: Outbox; reopen: () => Outbox | Promise<Outbox> },
) {
  describe(`${name} as an outbox`, () => {
    it('starts empty', async () => {
      expect(await open().outbox.load()).toEqual([])
    })

    it('gives the next client what is unsettled, unchanged and in order', async () => {
      const { outbox, reopen } = open()
      await outbox.load()
      const entries = [entryOf(0), entryOf(0, 'views'), entryOf(1), entryOf(2), entryOf(1, 'views')]
      for (const entry of entries) await outbox.append(entry)
      await outbox.settle([entryOf(0), entryOf(2)], [receiptOf(entryOf(0)), receiptOf(entryOf(2))])
      expect(await (await reopen()).load()).toEqual([entries[1], entries[2], entries[4]])
    })

    it('keeps the times of first attempts', async () => {
      const { outbox, reopen } = open()
      await outbox.load()
      await outbox.append(entryOf(0))
      await outbox.append(entryOf(1))
      const first = { ...entryOf(0), attemptedAtMs: 1000 }
      await outbox.attempt([first])
      await outbox.attempt([first, { ...entryOf(1), attemptedAtMs: 2000 }])
      await outbox.append(entryOf(2))
      expect(await (await reopen()).load()).toEqual([
        { ...entryOf(0), attemptedAtMs: 1000 },
        { ...entryOf(1), attemptedAtMs: 2000 },
        entryOf(2),
      ])
    })

    it('ignores entries it does not hold', async () => {
      const { outbox, reopen } = open()
      await outbox.load()
      await outbox.append(entryOf(0))
      for (const _ of [1, 2]) await outbox.settle([entryOf(9)], [receiptOf(entryOf(9))])
      expect(await (await reopen()).load()).toEqual([entryOf(0)])
    })

    it('forgets what was attempted', async () => {
      const { outbox, reopen } = open()
      await outbox.load()
      const attempted = { ...entryOf(0), attemptedAtMs: 1 }
      await outbox.append(entryOf(0))
      await outbox.attempt([attempted])
      await outbox.settle([attempted], [receiptOf(attempted)])
      expect(await (await reopen()).load()).toEqual([])
    })

    it('tells producers, sources and sequences apart', async () => {
      const { outbox, reopen } = open()
      await outbox.load()
      const other = { ...entryOf(0), producer: 'cd'.repeat(16) }
      for (const entry of [entryOf(0), other, entryOf(0, 'views')]) await outbox.append(entry)
      await outbox.settle([entryOf(0)], [receiptOf(entryOf(0))])
      expect(await (await reopen()).load()).toEqual([other, entryOf(0, 'views')])
    })

    it('keeps any text byte for byte', async () => {
      const { outbox, reopen } = open()
      await outbox.load()
      const text = JSON.stringify({ s: 'é 𝄞 \u2028 \n " \\ \0', n: '9007199254740993' })
      const entry = { ...entryOf(0), text, bytes: new TextEncoder().encode(text).length }
      await outbox.append(entry)
      expect(await (await reopen()).load()).toEqual([entry])
    })
  })
}

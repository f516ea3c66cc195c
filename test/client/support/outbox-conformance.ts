import { describe, expect, it } from 'vitest'
import type { OutboxBounds } from '../../../client/held-entries.ts'
import type { Outbox, OutboxEntry, Receipt } from '../../../client/index.ts'

const producer = 'ab'.repeat(16)
export const otherProducer = 'cd'.repeat(16)

export function entryOf(sequence: number, source = 'clicks'): OutboxEntry {
  const text = `{"n":"${sequence}"}`
  return { producer, source, sequence, text, bytes: text.length }
}

export function receiptOf({ source, sequence }: OutboxEntry): Receipt {
  return { source, sequence, status: 'accepted' }
}

/** Makes an outbox's client note all that it is told. */
export function listen(outbox: Outbox) {
  const heard = {
    adopted: [] as OutboxEntry[],
    disowned: [] as string[],
    unkept: [] as OutboxEntry[],
    reports: [] as string[],
  }
  outbox.own?.({
    adopt: entries => heard.adopted.push(...entries),
    disown(producer, unkept) {
      heard.disowned.push(producer)
      heard.unkept.push(...unkept)
    },
    report: reason => heard.reports.push(reason),
  })
  return heard
}

export interface OpenedOutbox {
  readonly outbox: Outbox
  /** Gives what the next client finds in its place: the first one died. */
  readonly reopen: (bounds?: OutboxBounds) => Outbox | Promise<Outbox>
}

/** What every outbox must do. `open` gives a fresh one. */
export function outboxConformance(
  name: string,
  open: (bounds?: OutboxBounds) => OpenedOutbox | Promise<OpenedOutbox>,
) {
  describe(`${name} as an outbox`, () => {
    it('starts empty', async () => {
      expect(await (await open()).outbox.load()).toEqual([])
    })

    it('gives the next client what is unsettled, unchanged and in order', async () => {
      const { outbox, reopen } = await open()
      await outbox.load()
      const entries = [entryOf(0), entryOf(0, 'views'), entryOf(1), entryOf(2), entryOf(1, 'views')]
      for (const entry of entries) await outbox.append(entry)
      await outbox.settle([entryOf(0), entryOf(2)], [receiptOf(entryOf(0)), receiptOf(entryOf(2))])
      expect(await (await reopen()).load()).toEqual([entries[1], entries[2], entries[4]])
    })

    it('keeps the times of first attempts', async () => {
      const { outbox, reopen } = await open()
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
      const { outbox, reopen } = await open()
      await outbox.load()
      await outbox.append(entryOf(0))
      for (const _ of [1, 2]) await outbox.settle([entryOf(9)], [receiptOf(entryOf(9))])
      expect(await (await reopen()).load()).toEqual([entryOf(0)])
    })

    it('forgets what was attempted', async () => {
      const { outbox, reopen } = await open()
      await outbox.load()
      const attempted = { ...entryOf(0), attemptedAtMs: 1 }
      await outbox.append(entryOf(0))
      await outbox.attempt([attempted])
      await outbox.settle([attempted], [receiptOf(attempted)])
      expect(await (await reopen()).load()).toEqual([])
    })

    it('tells producers, sources and sequences apart', async () => {
      const { outbox, reopen } = await open()
      await outbox.load()
      const other = { ...entryOf(0), producer: otherProducer }
      for (const entry of [entryOf(0), other, entryOf(0, 'views')]) await outbox.append(entry)
      await outbox.settle([entryOf(0)], [receiptOf(entryOf(0))])
      // Producers come in any order.
      const found = await (await reopen()).load()
      expect(found).toHaveLength(2)
      expect(found).toEqual(expect.arrayContaining([other, entryOf(0, 'views')]))
    })

    it('keeps any text byte for byte', async () => {
      const { outbox, reopen } = await open()
      await outbox.load()
      const text = JSON.stringify({ s: 'é 𝄞 \u2028 \n " \\ \0', n: '9007199254740993' })
      const entry = { ...entryOf(0), text, bytes: new TextEncoder().encode(text).length }
      await outbox.append(entry)
      expect(await (await reopen()).load()).toEqual([entry])
    })

    it('refuses what exceeds its records until something is settled, never what left', async () => {
      const { outbox, reopen } = await open({ maxRecords: 2 })
      await outbox.load()
      for (const entry of [entryOf(0), entryOf(1)]) await outbox.append(entry)
      const attempted = { ...entryOf(0), attemptedAtMs: 1 }
      await outbox.attempt([attempted])
      await expect(append(outbox, entryOf(2))).rejects.toThrow('full')
      await outbox.settle([entryOf(1)], [receiptOf(entryOf(1))])
      await outbox.append(entryOf(3))
      await expect(append(outbox, entryOf(4))).rejects.toThrow('full')
      expect(await (await reopen()).load()).toEqual([attempted, entryOf(3)])
    })

    it('refuses what exceeds its bytes, settling twice gains nothing', async () => {
      const { outbox } = await open({ maxBytes: 18 })
      await outbox.load()
      for (const entry of [entryOf(0), entryOf(1)]) await outbox.append(entry)
      await expect(append(outbox, entryOf(2))).rejects.toThrow('full')
      for (const _ of [1, 2]) await outbox.settle([entryOf(0)], [receiptOf(entryOf(0))])
      await outbox.append(entryOf(3))
      await expect(append(outbox, entryOf(4))).rejects.toThrow('full')
    })

    it('keeps the order of what is pushed in one turn, in many, and attempted in between', async () => {
      const { outbox, reopen } = await open()
      await outbox.load()
      const entries = Array.from({ length: 30 }, (_, n) =>
        entryOf(Math.floor(n / 2), n % 2 ? 'views' : 'clicks'),
      )
      await Promise.all(entries.slice(0, 10).map(entry => outbox.append(entry)))
      // Grouped by source, as a request is.
      const left = entries.slice(0, 6).map(entry => ({ ...entry, attemptedAtMs: 7 }))
      await outbox.attempt([0, 2, 4, 1, 3, 5].flatMap(place => left[place] ?? []))
      for (const entry of entries.slice(10, 20)) await outbox.append(entry)
      await Promise.all(entries.slice(20).map(entry => outbox.append(entry)))
      expect(await (await reopen()).load()).toEqual([...left, ...entries.slice(6)])
    })
  })
}

/** Appends, and rejects however the outbox says that it fails. */
export async function append(outbox: Outbox, entry: OutboxEntry): Promise<void> {
  await outbox.append(entry)
}

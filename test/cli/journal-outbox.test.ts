import { randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openJournal } from '../../cli/journal.ts'
import { journalOutbox } from '../../cli/journal-outbox.ts'
import { hasRow } from '../../cli/row-ranges.ts'
import type { OutboxEntry } from '../../client/outbox.ts'
import type { Receipt } from '../../client/receipt.ts'
import { tempFolder } from './support/temp-folder.ts'

const input = { target: 'k3f9m2x7ab-auto', source: 'flights', name: 'f', bytes: 1, sha256: 'ab' }
const textOf = (row: number): string => JSON.stringify({ row })

/** Where a run dies: around its `batch`-th batch. */
const crashes = fc.record({
  batch: fc.nat(6),
  moment: fc.constantFrom('noted', 'stored', 'settled', 'closing'),
  /** How much of what was not synced yet is lost, as a share. */
  lostShare: fc.double({ min: 0, max: 1, noNaN: true }),
})
type Crash = typeof crashes extends fc.Arbitrary<infer T> ? T : never

/** A gateway that keeps (producer, sequence) once, and refuses every seventh row. */
function createStore() {
  const stored = new Map<string, string>()
  const seen = new Map<string, string>()
  return {
    stored,
    store({ producer, source, sequence, text }: OutboxEntry): Receipt {
      const key = `${producer}/${sequence}`
      // A resend is byte-identical.
      expect(seen.get(key) ?? text).toBe(text)
      seen.set(key, text)
      if (JSON.parse(text).row % 7 === 6) return { source, status: 'rejected', code: 'wrong_type' }
      if (stored.has(key)) return { source, status: 'duplicate', sequence }
      stored.set(key, text)
      return { source, status: 'accepted', sequence }
    },
  }
}

async function run(
  path: string,
  rowCount: number,
  batchSize: number,
  store: ReturnType<typeof createStore>,
  crash: Crash | undefined,
) {
  const journal = await openJournal(path, input)
  let row = 0
  const outbox = journalOutbox({ journal, appendedRow: () => row, textOf })
  const queue = [...(await outbox.load())]
  const producer = randomBytes(16).toString('hex')
  let sequence = 0
  for (; row < rowCount; row += 1) {
    if (hasRow(journal.state.covered, row)) continue
    const text = textOf(row)
    const entry = { producer, source: 'flights', sequence, text, bytes: text.length }
    sequence += 1
    await outbox.append(entry)
    queue.push(entry)
  }
  const crashed = async (): Promise<void> => {
    const { size } = await stat(path)
    const kept = synced + Math.round((size - synced) * (1 - (crash?.lostShare ?? 0)))
    const bytes = (await readFile(path)).subarray(0, kept)
    await journal.close()
    await writeFile(path, bytes)
  }
  let synced = (await stat(path)).size
  for (let batch = 0; queue.length > 0; batch += 1) {
    const entries = queue.splice(0, batchSize)
    await outbox.attempt(entries.map(entry => ({ attemptedAtMs: 5, ...entry })))
    synced = (await stat(path)).size
    if (crash?.batch === batch && crash.moment === 'noted') return crashed()
    const receipts = entries.map(store.store)
    if (crash?.batch === batch && crash.moment === 'stored') return crashed()
    await outbox.settle(entries, receipts)
    if (crash?.batch === batch && crash.moment === 'settled') return crashed()
  }
  if (crash?.moment === 'closing') return crashed()
  await journal.close()
}

test('every row is stored exactly once through any crashes', async () => {
  const path = join(await tempFolder(), 'journal.ndjson')
  await fc.assert(
    fc.asyncProperty(
      fc.nat(40),
      fc.integer({ min: 1, max: 9 }),
      fc.array(crashes, { maxLength: 6 }),
      async (rowCount, batchSize, script) => {
        await writeFile(path, '')
        const store = createStore()
        for (const crash of [...script, undefined]) {
          await run(path, rowCount, batchSize, store, crash)
        }
        const rows = [...store.stored.values()].map(text => JSON.parse(text).row)
        const wanted = Array.from({ length: rowCount }, (_, row) => row)
        expect(rows.toSorted((a, b) => a - b)).toEqual(wanted.filter(row => row % 7 !== 6))

        const journal = await openJournal(path, input)
        const { counts, refused, unsettled } = journal.state
        await journal.close()
        expect(unsettled.size).toBe(0)
        expect(counts.accepted + counts.duplicate).toBe(rows.length)
        expect(refused.map(refusal => refusal.row).toSorted((a, b) => a - b)).toEqual(
          wanted.filter(row => row % 7 === 6),
        )
      },
    ),
    { numRuns: 60 },
  )
})

test('a record whose whole request was refused is sent by the next run', async () => {
  const path = join(await tempFolder(), 'journal.ndjson')
  const journal = await openJournal(path, input)
  const outbox = journalOutbox({ journal, appendedRow: () => 0, textOf })
  const entry = { producer: 'a'.repeat(32), source: 'flights', sequence: 0, text: '{}', bytes: 2 }
  await outbox.append(entry)
  await outbox.attempt([entry])
  await outbox.settle(
    [entry],
    [{ source: 'flights', status: 'dropped', code: 'unknown_workspace' }],
  )
  await journal.close()
  const again = await openJournal(path, input)
  expect(again.state.unsettled.size).toBe(1)
  await again.close()
})

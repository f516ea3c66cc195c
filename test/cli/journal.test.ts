import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openJournal } from '../../cli/journal.ts'
import { type JournalLine, renderJournalLine } from '../../cli/journal-line.ts'
import { tempFolder } from './support/temp-folder.ts'

const producer = 'a'.repeat(32)
const input = {
  target: 'k3f9m2x7ab-auto',
  source: 'flights',
  name: 'f.json',
  bytes: 9,
  sha256: 'ab',
}
const sent = (sequence: number, row: number, count: number): JournalLine => ({
  kind: 'sent',
  producer,
  source: 'flights',
  sequence,
  row,
  count,
  atMs: 5,
})
const settled = (sequence: number, count: number): JournalLine => ({
  kind: 'settled',
  producer,
  sequence,
  count,
  status: 'accepted',
})

async function writeJournal(lines: readonly JournalLine[], tail = ''): Promise<string> {
  const path = join(await tempFolder(), 'journal.ndjson')
  const head: JournalLine = { kind: 'journal', format: 1, input }
  await writeFile(path, [head, ...lines].map(renderJournalLine).join('') + tail)
  return path
}

test('what was sent without a verdict is known after a restart', async () => {
  const path = await writeJournal([sent(0, 0, 3), settled(0, 1), sent(3, 7, 1)])
  const journal = await openJournal(path, input)
  expect([...journal.state.unsettled.values()]).toEqual([
    { producer, source: 'flights', sequence: 1, row: 1, sentAtMs: 5 },
    { producer, source: 'flights', sequence: 2, row: 2, sentAtMs: 5 },
    { producer, source: 'flights', sequence: 3, row: 7, sentAtMs: 5 },
  ])
  expect(journal.state.covered).toEqual([
    [0, 3],
    [7, 8],
  ])
  expect(journal.state.counts.accepted).toBe(1)
  await journal.close()
})

test('a torn last line is cut off, wherever it was torn', async () => {
  const torn = renderJournalLine(sent(1, 1, 1))
  for (let length = 1; length < torn.length; length += 1) {
    const path = await writeJournal([sent(0, 0, 1)], torn.slice(0, length))
    const journal = await openJournal(path, input)
    await journal.write([sent(1, 1, 1)], { sync: true })
    expect(journal.state.unsettled.size).toBe(2)
    await journal.close()
    const again = await openJournal(path, input)
    expect(again.state.unsettled.size).toBe(2)
    await again.close()
  }
})

test('a last line of lost bytes is cut off too', async () => {
  const path = await writeJournal([sent(0, 0, 1)], '\0\0\0\0\n')
  const journal = await openJournal(path, input)
  expect(journal.state.unsettled.size).toBe(1)
  await journal.close()
})

test('a damaged line before the last is an error that names it', async () => {
  const path = await writeJournal([sent(0, 0, 1)], `{"kind":\n${renderJournalLine(settled(0, 1))}`)
  await expect(openJournal(path, input)).rejects.toThrow(/Line 3 of the journal .* is damaged/)
})

test('a verdict on what was never sent is an error', async () => {
  const path = await writeJournal([settled(4, 1), sent(0, 0, 1)])
  await expect(openJournal(path, input)).rejects.toThrow('sequence 4 is settled but was not sent')
})

test.each([
  ['target', 'other-auto'],
  ['source', 'clicks'],
  ['name', 'g.json'],
  ['sha256', 'cd'],
])('another %s is refused', async (property, value) => {
  const path = await writeJournal([sent(0, 0, 1)])
  const other = { ...input, [property]: value }
  await expect(openJournal(path, other)).rejects.toThrow(`its ${property} is`)
  expect(await readFile(path, 'utf8')).toContain('"sent"')
})

test('it shrinks once everything is settled, and keeps counts and refusals', async () => {
  const path = await writeJournal([
    { kind: 'refused', row: 9, status: 'rejected', code: 'wrong_type', reason: 'no' },
    ...Array.from({ length: 50 }, (_, place) => sent(place, place, 1)),
  ])
  const journal = await openJournal(path, input)
  await journal.write([settled(0, 50)])
  const grown = (await readFile(path, 'utf8')).length
  await journal.close()
  expect((await readFile(path, 'utf8')).length).toBeLessThan(grown)

  const again = await openJournal(path, input)
  expect(again.state.counts).toEqual({ accepted: 50, duplicate: 0, rejected: 1, dropped: 0 })
  expect(again.state.covered).toEqual([[0, 50]])
  expect(again.state.refused).toMatchObject([{ row: 9, code: 'wrong_type', reason: 'no' }])
  await again.close()
})

test('it does not shrink while something is unsettled', async () => {
  const path = await writeJournal([sent(0, 0, 2), settled(0, 1)])
  const before = await readFile(path, 'utf8')
  await (await openJournal(path, input)).close()
  expect(await readFile(path, 'utf8')).toBe(before)
})

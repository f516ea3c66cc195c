import { appendFile, open, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { OutboxBounds } from '../../client/held-entries.ts'
import { renderFileLine } from '../../client/node/file-lines.ts'
import { type FileOutboxOptions, fileOutbox } from '../../client/node/file-outbox.ts'
import { tempFolder } from '../cli/support/temp-folder.ts'
import { entryOf, listen, otherProducer, receiptOf } from '../client/support/outbox-conformance.ts'
import { persistentConformance } from '../client/support/persistent-conformance.ts'
import { createVirtualClock } from '../client/support/virtual-clock.ts'

const producer = 'ab'.repeat(16)
const attempted = (n: number) => ({ ...entryOf(n), attemptedAtMs: 1 })
const keptOnlyInMemory = expect.stringContaining('Records are kept in memory only')

/** Makes the lock that of a process that is no more. */
const buryOwner = (path: string) => writeFile(`${path}.lock`, '999999999 1 gone\n')

/** Counts what is written to files and synced. */
async function countWrites(path: string) {
  const probe = await open(path, 'w')
  const prototype = Object.getPrototypeOf(probe)
  await probe.close()
  const counts = { appendFile: 0, datasync: 0, sync: 0 }
  for (const name of ['appendFile', 'datasync', 'sync'] as const) {
    const original = prototype[name]
    prototype[name] = function (...given: unknown[]) {
      counts[name] += 1
      return original.apply(this, given)
    }
    onTestFinished(() => {
      prototype[name] = original
    })
  }
  return counts
}

/** Opens an outbox that closes its file when the test is over. */
function openOutbox(options: FileOutboxOptions) {
  const outbox = fileOutbox(options)
  onTestFinished(async () => {
    await outbox.release?.()
  })
  return outbox
}

async function setUp(bounds?: OutboxBounds) {
  const path = join(await tempFolder(), 'outbox')
  const counts = await countWrites(path)
  return {
    path,
    counts,
    outbox: openOutbox({ path, ...bounds }),
    operations: () => counts.appendFile + counts.datasync + counts.sync,
    async reopen(next?: OutboxBounds) {
      await buryOwner(path)
      return openOutbox({ path, ...next })
    },
    async damage() {
      const text = await readFile(path, 'utf8')
      const foreign = 'what is this\n'
      await writeFile(path, foreign + text.replace('"sequence":1,', '"sequence":7,'))
    },
  }
}

persistentConformance('fileOutbox', setUp)

describe('the file of an outbox', () => {
  it('is its owner’s alone', async () => {
    const { path, outbox } = await setUp()
    await outbox.append(entryOf(0))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(`${path}.lock`)).mode & 0o777).toBe(0o600)
  })

  it('is appended to once a turn, and synced before records leave, not before', async () => {
    const { counts, outbox } = await setUp()
    await outbox.load()
    const before = { ...counts }
    await Promise.all(Array.from({ length: 100 }, (_, n) => outbox.append(entryOf(n))))
    expect(counts).toEqual({ ...before, appendFile: before.appendFile + 1 })
    await outbox.attempt(Array.from({ length: 100 }, (_, n) => attempted(n)))
    expect(counts).toMatchObject({ appendFile: before.appendFile + 2, datasync: 1 })
  })

  it('may end in the middle of a line', async () => {
    const { path, outbox, reopen } = await setUp()
    for (const n of [0, 1]) await outbox.append(entryOf(n))
    const line = renderFileLine({ kind: 'append', atMs: 1, entries: [entryOf(2)] })
    await appendFile(path, line.slice(0, -5))
    const next = await reopen()
    const heard = listen(next)
    expect(await next.load()).toEqual([entryOf(0), entryOf(1)])
    expect(heard.reports).toEqual([])
    await next.append(entryOf(3))
    expect(await (await reopen()).load()).toEqual([entryOf(0), entryOf(1), entryOf(3)])
  })

  it('keeps damaged lines beside it, and takes what it does not know for attempted long ago', async () => {
    const { path, outbox, reopen } = await setUp()
    for (const n of [0, 1]) await outbox.append(entryOf(n))
    await appendFile(path, '00000000 {"format":1}\n')
    await outbox.append(entryOf(2))
    const next = await reopen()
    const heard = listen(next)
    const found = await next.load()
    expect(found).toEqual([
      { ...entryOf(0), attemptedAtMs: expect.any(Number) },
      { ...entryOf(1), attemptedAtMs: expect.any(Number) },
      entryOf(2),
    ])
    expect(heard.reports).toEqual([`1 damaged lines were set aside in ${path}.damaged`])
    expect(await readFile(`${path}.damaged`, 'utf8')).toBe('00000000 {"format":1}\n')
    expect(await (await reopen()).load()).toEqual(found)
  })

  it('of a newer version is left as it is', async () => {
    const { path } = await setUp()
    const outbox = fileOutbox({ path, clock: createVirtualClock() })
    const text = '{"format":2,"kind":"better"}'
    const line = `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`
    await writeFile(path, line)
    const heard = listen(outbox)
    expect(await outbox.load()).toEqual([])
    await outbox.append(entryOf(0))
    await outbox.attempt([attempted(0)])
    expect(heard.reports).toEqual([expect.stringContaining('newer version')])
    expect(await readFile(path, 'utf8')).toBe(line)
  })

  it('shrinks when most of it is settled', async () => {
    const { path, outbox, reopen } = await setUp()
    await outbox.load()
    const text = JSON.stringify({ s: 'x'.repeat(1000) })
    for (let n = 0; n < 400; n += 1) {
      const entry = { ...entryOf(n), text, bytes: text.length }
      await outbox.append(entry)
      if (n >= 5) await outbox.settle([entryOf(n)], [receiptOf(entryOf(n))])
      expect((await stat(path)).size).toBeLessThan(70_000)
    }
    const left = await (await reopen()).load()
    expect(left.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4])
  })

  it('that cannot be written leaves records in memory, and says so once', async () => {
    const { path } = await setUp()
    const clock = createVirtualClock()
    const outbox = fileOutbox({ path: join(path, 'below-a-file'), clock })
    const heard = listen(outbox)
    expect(await outbox.load()).toEqual([])
    for (const n of [0, 1]) await outbox.append(entryOf(n))
    await outbox.attempt([attempted(0)])
    await outbox.settle([attempted(0)], [receiptOf(entryOf(0))])
    expect(heard.reports).toEqual([keptOnlyInMemory])
  })
})

describe('the lock of an outbox', () => {
  it('keeps a second outbox of a living process in memory, which adopts when the first ends', async () => {
    const { path, outbox } = await setUp()
    await outbox.load()
    await outbox.append(entryOf(0))
    const clock = createVirtualClock()
    const second = openOutbox({ path, clock })
    const heard = listen(second)
    expect(await second.load()).toEqual([])
    expect(heard.reports).toEqual([expect.stringContaining(`Process ${process.pid} uses it`)])
    const mine = { ...entryOf(0), producer: otherProducer }
    await second.append(mine)
    await outbox.release?.()
    await clock.advance(30_000)
    await expect.poll(() => heard.adopted).toEqual([entryOf(0)])
    await second.attempt([{ ...mine, attemptedAtMs: 1 }])
    await buryOwner(path)
    expect(await openOutbox({ path }).load()).toEqual([entryOf(0), { ...mine, attemptedAtMs: 1 }])
  })

  it('of an earlier process of the same number is taken over', async () => {
    const { path, outbox } = await setUp()
    await writeFile(`${path}.lock`, `${process.pid} 1 earlier\n`)
    const heard = listen(outbox)
    await outbox.append(entryOf(0))
    expect(heard.reports).toEqual([])
    expect(await readFile(`${path}.lock`, 'utf8')).not.toContain('earlier')
  })

  it('that another has now ends all sending', async () => {
    const { path, outbox, reopen } = await setUp()
    const heard = listen(outbox)
    await outbox.load()
    for (const n of [0, 1]) await outbox.append(entryOf(n))
    const next = await reopen()
    expect(await next.load()).toHaveLength(2)
    await expect((async () => outbox.attempt([attempted(0)]))()).rejects.toThrow('owns')
    expect(heard).toMatchObject({ disowned: [producer], unkept: [] })
    // It leaves the lock to whoever has it.
    await outbox.release?.()
    await next.attempt([attempted(0)])
    expect(await readdir(dirname(path))).toEqual(['outbox', 'outbox.lock'])
  })

  it('goes to one of many that find it dead', async () => {
    const { path } = await setUp()
    await buryOwner(path)
    const outboxes = Array.from({ length: 8 }, () =>
      openOutbox({ path, clock: createVirtualClock() }),
    )
    const heard = outboxes.map(listen)
    await Promise.all(outboxes.map(outbox => outbox.load()))
    expect(heard.filter(({ reports }) => !reports.length)).toHaveLength(1)
  })
})

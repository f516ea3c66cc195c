import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Ports } from '../../../gateway/ports.ts'
import { limits } from '../../../shared/limits.ts'
import { firstLines, numbersIn } from '../support/numbers.ts'
import { withPartition } from '../support/open-objects.ts'
import { plainSource } from '../support/test-definitions.ts'
import { appendOf, testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(2)
const names = ['counted', 'sized', 'aged', 'forced', 'quiet', 'confirmed']
await workspace.apply(names.map(name => plainSource(name)))
const message = { format: 1 }
const patience = { timeout: 20_000 }
const { append, lines, objects } = numbersIn(workspace)

afterEach(() => {
  vi.useRealTimers()
})

describe('a roll', () => {
  it('comes by count', async () => {
    await append('counted', limits.rollRecords - 1)
    const stub = workspace.partition('counted')
    await runDurableObjectAlarm(stub)
    expect(await objects('counted')).toHaveLength(0)
    await append('counted', 1, limits.rollRecords - 1)
    await runDurableObjectAlarm(stub)
    await vi.waitFor(
      async () => expect((await stub.snapshot(message)).committed).toBe(limits.rollRecords - 1),
      patience,
    )
    expect(await objects('counted')).toHaveLength(1)
    expect(await lines('counted')).toEqual(firstLines(limits.rollRecords))
  })

  it('puts nothing before all that it has written is confirmed', async () => {
    let confirmed = -1
    let puts = 0
    const watching = (ports: Ports): Ports => ({
      ...ports,
      storage: {
        ...ports.storage,
        async sync() {
          const written = ports.storage.rowsWritten()
          await ports.storage.sync()
          confirmed = written
        },
      },
      parts: {
        ...ports.parts,
        putNew(...args) {
          puts++
          expect(ports.storage.rowsWritten()).toBe(confirmed)
          return ports.parts.putNew(...args)
        },
      },
    })
    await withPartition(
      workspace,
      'confirmed',
      async partition => {
        await partition.append(appendOf(0, 3))
        expect(await partition.roll(message)).toMatchObject({ status: 'rolled' })
      },
      watching,
    )
    expect(puts).toBe(1)
    await evictDurableObject(workspace.partition('confirmed'))
  })

  it('comes by bytes', async () => {
    const stub = workspace.partition('sized')
    const text = JSON.stringify({ n: 1, filler: 'x'.repeat(1_000_000) })
    const rounds = Math.ceil(limits.rollBytes / text.length)
    for (let at = 0; at < rounds; at++) await stub.append(appendOf(at, 1, { text }))
    await runDurableObjectAlarm(stub)
    await vi.waitFor(
      async () => expect((await stub.snapshot(message)).committed).toBe(rounds - 1),
      patience,
    )
  })

  it('comes by age, and leaves what is younger', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const stub = workspace.partition('aged')
    await append('aged', 3)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect(await objects('aged')).toHaveLength(0)
    vi.setSystemTime(Date.now() + limits.rollAgeMs)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect((await stub.snapshot(message)).committed).toBe(2)
    await append('aged', 1, 3)
    vi.setSystemTime(Date.now() + limits.rollAgeMs)
    await evictDurableObject(stub)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect((await stub.snapshot(message)).committed).toBe(3)
    expect(await lines('aged')).toEqual(firstLines(4))
  })

  it('keeps an alarm for what arrived while a part was being made', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    await append('quiet', 1)
    vi.setSystemTime(Date.now() + limits.rollAgeMs)
    const slowly = (ports: Ports, appended: () => Promise<unknown>): Ports => ({
      ...ports,
      parts: {
        ...ports.parts,
        putNew: async (...put) => {
          await appended()
          return ports.parts.putNew(...put)
        },
      },
    })
    let appendNow = async (_: ReturnType<typeof appendOf>): Promise<unknown> => undefined
    await withPartition(
      workspace,
      'quiet',
      async partition => {
        appendNow = partition.append
        await partition.alarm()
      },
      ports => slowly(ports, () => appendNow(appendOf(1, 1))),
    )
    const stub = workspace.partition('quiet')
    await evictDurableObject(stub)
    expect((await stub.snapshot(message)).committed).toBe(0)
    await runDurableObjectAlarm(stub)
    vi.setSystemTime(Date.now() + limits.rollAgeMs)
    await runDurableObjectAlarm(stub)
    expect((await stub.snapshot(message)).committed).toBe(1)
  })

  it('comes when asked for, and again with nothing to do', async () => {
    const stub = workspace.partition('forced')
    expect(await stub.roll(message)).toEqual({ format: 1, status: 'empty', parts: [] })
    await append('forced', 7)
    const rolled = await stub.roll(message)
    expect(rolled).toMatchObject({ status: 'rolled', parts: [expect.stringMatching(/parquet$/)] })
    expect(await stub.roll(message)).toMatchObject({ status: 'empty' })
    expect(await lines('forced')).toEqual(firstLines(7))
    const list = await workspace.catalogue('forced').list(message)
    expect(list.partitions).toEqual([{ partition: 0, mark: 6 }])
    expect(list.parts).toMatchObject([{ start: 0, end: 7, rows: 7, name: rolled.parts[0] }])
  })
})

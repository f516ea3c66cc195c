import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readDataFrame } from '../../../gateway/offline/data-frame.ts'
import { frameNdjson } from '../../../gateway/offline/frame-ndjson.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformClock, platformParts } from '../../../gateway/platform/ports.ts'
import { closedHoursIn, hourMs, tenOClock } from '../support/closed-hours.ts'
import { firstLines, numbersIn } from '../support/numbers.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(10)
const names = ['straddled', 'slow', 'moving', 'gap']
const sources = names.map(name => plainSource(name))
await workspace.apply(sources)
const message = { format: 1 }
const { append, lines } = numbersIn(workspace)
const { alarm, fill, closeHour, list, setTime, sql } = closedHoursIn(workspace)

beforeEach(() => setTime(tenOClock))
afterEach(() => {
  vi.useRealTimers()
})

/** Opens a frame and reads its first piece; the rest is read when a test asks for it. */
async function openFrame(source: string) {
  const ports = {
    clock: platformClock,
    peers: platformPeers(env),
    parts: platformParts(env.LOG),
  }
  const fields = sources[0]?.schema ?? []
  const steps = readDataFrame(ports, {
    workspaceId: workspace.workspaceId,
    sourceId: workspace.idOf('stream_source', source),
    fields,
    columns: ['n'],
  })
  const frame = frameNdjson(fields, steps)
  const first = (await frame.next()).value ?? ''
  const rest = async () => {
    let text = first
    for await (const chunk of frame) text += chunk
    return text.split('\n').slice(0, -1)
  }
  return { first: first.split('\n').slice(0, -1), rest }
}

/** Rolls and forgets: what was in the tail is only in parts. */
async function moveTail(source: string): Promise<void> {
  const stub = workspace.partition(source)
  await stub.roll(message)
  await stub.wake(message)
  await runDurableObjectAlarm(stub)
}

describe('a reader whose parts are compacted under it', () => {
  it('has every row once when a new part begins among rows that it has read', async () => {
    await fill('straddled', 3, 10)
    await append('straddled', 10, 30)
    const { first, rest } = await openFrame('straddled')
    expect(first).toEqual(firstLines(10))
    await moveTail('straddled')
    await closeHour('straddled')
    expect((await list('straddled')).parts.map(({ start, end }) => [start, end])).toEqual([[0, 40]])
    await append('straddled', 5, 40)
    // The old parts are still there, then the tail is not, and the new list has one part with all.
    expect(await rest()).toEqual(firstLines(40))
    expect(await lines('straddled')).toEqual(firstLines(45))
  })

  it('breaks off when it takes longer than the grace period', async () => {
    await fill('slow', 3, 10)
    const { rest } = await openFrame('slow')
    await closeHour('slow')
    vi.setSystemTime(Date.now() + 24 * hourMs)
    await alarm('slow')
    await expect(rest()).rejects.toThrow(/not in the object store/)
    expect(await lines('slow')).toEqual(firstLines(30))
  })

  it('never sees a gap or a double, whenever it begins', async () => {
    await append('moving', 20)
    const frames: Awaited<ReturnType<typeof openFrame>>[] = []
    for (let round = 1; round <= 8; round++) {
      frames.push(await openFrame('moving'))
      await append('moving', 20, round * 20)
      await workspace.partition('moving').roll(message)
      if (round % 3 === 0) await closeHour('moving')
    }
    for (const { rest } of frames) {
      const rows = await rest()
      expect(rows.length % 20).toBe(0)
      expect(rows).toEqual(firstLines(rows.length))
    }
    await closeHour('moving')
    expect(await lines('moving')).toEqual(firstLines(180))
  })

  it('breaks off at a hole in the list', async () => {
    await fill('gap', 3, 10)
    await sql('gap', 'DELETE FROM parts WHERE start_offset = 10')
    const { rest } = await openFrame('gap')
    await expect(rest()).rejects.toThrow(/above 9 of partition 0 are in no part/)
  })
})

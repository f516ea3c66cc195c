import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { type DataFrameQuery, readDataFrame } from '../../../gateway/offline/data-frame.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformClock, platformParts } from '../../../gateway/platform/ports.ts'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import { Field, Int64, Timestamp } from '../../../shared/types.ts'
import { appendOf, testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(17)
const source = StreamSource({
  name: 'ticks',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [Field('n', Int64), Field('at', Timestamp)],
})
await workspace.apply([source])

/** The event time of the n-th record: a second each, in the order of offsets. */
const timeOf = (n: number) =>
  `${new Date(1_767_225_600_000 + n * 1_000).toISOString().slice(0, 23)}000Z`

const parts: string[] = []

/** Two parts of 10,000 rows, which have two row groups each, and a tail of 10. */
beforeAll(async () => {
  const append = async (first: number, count: number) => {
    for (let at = first; at < first + count; at += 1_000) {
      const numbers = Array.from({ length: Math.min(1_000, count) }, (_, more) => at + more)
      const text = numbers.map(n => JSON.stringify({ n, at: timeOf(n) })).join('\n')
      const eventTimes = [timeOf(numbers[0] ?? 0), timeOf(numbers.at(-1) ?? 0)] as const
      await workspace.partition('ticks').append(appendOf(at, numbers.length, { text, eventTimes }))
    }
  }
  for (const first of [0, 10_000]) {
    await append(first, 10_000)
    await workspace.partition('ticks').roll({ format: 1 })
  }
  await append(20_000, 10)
  const list = await workspace.catalogue('ticks').list({ format: 1 })
  parts.push(...list.parts.map(({ key }) => key))
  expect(list.parts.map(({ rows }) => rows)).toEqual([10_000, 10_000])
})

/** Reads a frame, and tells which objects were got and which row groups were decoded. */
async function read(more: Partial<DataFrameQuery>) {
  const stored = platformParts(env.LOG)
  const got: number[] = []
  const decoded: number[] = []
  const steps = readDataFrame(
    {
      clock: platformClock,
      peers: platformPeers(env),
      parts: {
        ...stored,
        get(key) {
          got.push(parts.indexOf(key))
          return stored.get(key)
        },
      },
    },
    {
      workspaceId: workspace.workspaceId,
      sourceId: workspace.idOf('stream_source', 'ticks'),
      fields: source.schema,
      columns: ['n'],
      eventTimeField: 'at',
      touched: (part, group) => decoded.push(part.start + group.start),
      ...more,
    },
  )
  const numbers: number[] = []
  for await (const { rows } of steps) numbers.push(...rows.map(({ n }) => Number(n)))
  return { numbers, got, decoded }
}

const numbersIn = (start: number, end: number) =>
  Array.from({ length: end - start }, (_, at) => start + at)

describe('a range of event times', () => {
  it.each<[string, number | undefined, number | undefined, number[], number[]]>([
    ['everything', undefined, undefined, [0, 1], [0, 5_000, 10_000, 15_000]],
    ['the last row of a group', 4_999, 5_000, [0], [0]],
    ['the first row of a group', 5_000, 5_001, [0], [5_000]],
    ['both sides of two groups', 4_999, 5_001, [0], [0, 5_000]],
    ['both sides of two parts', 9_999, 10_001, [0, 1], [5_000, 10_000]],
    ['an end at the first row of a group, which is left out', 9_000, 10_000, [0], [5_000]],
    ['the tail alone', 20_000, undefined, [], []],
    ['the end of a part and the tail', 19_999, undefined, [1], [15_000]],
    ['nothing, since it ends where it begins', 5_000, 5_000, [0], []],
    ['nothing, before all rows', undefined, 0, [], []],
  ])('touches only what has rows of %s', async (_, start, end, gets, groups) => {
    const { numbers, got, decoded } = await read({
      ...(start === undefined ? {} : { startTime: timeOf(start) }),
      ...(end === undefined ? {} : { endTime: timeOf(end) }),
    })
    expect(numbers).toEqual(numbersIn(start ?? 0, Math.min(end ?? 20_010, 20_010)))
    expect([got, decoded]).toEqual([gets, groups])
  })

  it('goes on after a row without the row groups before it', async () => {
    const { numbers, got, decoded } = await read({
      startTime: timeOf(4_000),
      endTime: timeOf(16_000),
      after: { partition: 0, offset: 9_999 },
    })
    expect(numbers).toEqual(numbersIn(10_000, 16_000))
    expect([got, decoded]).toEqual([[1], [10_000, 15_000]])
  })
})

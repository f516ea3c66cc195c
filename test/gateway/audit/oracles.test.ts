import { describe, expect, it } from 'vitest'
import { checkPartition, denseTrack, type PartitionFacts } from '../../../gateway/audit/oracles.ts'

const good: PartitionFacts = {
  logOffline: true,
  accepted: 30,
  committed: 19,
  mark: 19,
  parts: [
    { name: 'a', start: 0, end: 10, rows: 10 },
    { name: 'b', start: 10, end: 20, rows: 10 },
  ],
  journal: [],
  tail: { from: 20, records: 10, damage: [] },
  applied: [{ entitySet: 'e', mark: 29, highest: 29, durable: 25, lacks: -1, withheld: [] }],
  stopped: undefined,
  files: [],
}
const applied = (more: Partial<PartitionFacts['applied'][number]>): Partial<PartitionFacts> => ({
  applied: [
    { entitySet: 'e', mark: 29, highest: 29, durable: 25, lacks: -1, withheld: [], ...more },
  ],
})

describe('what an audit holds against each other', () => {
  it('agrees with what is right', () => {
    expect(checkPartition(good)).toEqual([])
    const fresh = { accepted: 0, committed: -1, mark: -1, parts: [] }
    const tail = { from: 0, records: 0, damage: [] }
    const nothing = applied({ mark: -1, highest: -1, durable: -1 })
    expect(checkPartition({ ...good, ...fresh, tail, ...nothing })).toEqual([])
    expect(
      checkPartition({
        ...good,
        ...fresh,
        accepted: 30,
        logOffline: false,
        tail: good.tail,
      }),
    ).toEqual([])
  })

  it.each<readonly [what: string, Partial<PartitionFacts>, RegExp]>([
    ['a record too few', { tail: { ...good.tail, records: 9 } }, /30 records should .* 29 are/],
    ['a record too many', { tail: { ...good.tail, records: 11 } }, /30 records should .* 31 are/],
    ['a gap of parts', { parts: [good.parts[0] ?? never()] }, /parts reach offset 9/],
    ['parts that begin late', { parts: [good.parts[1] ?? never()] }, /a gap \[0, 10\)/],
    [
      'overlapping parts',
      { parts: [...good.parts, { name: 'c', start: 15, end: 20, rows: 5 }] },
      /parts overlap in \[15, 20\)/,
    ],
    [
      'a part with too few rows',
      { parts: [good.parts[0] ?? never(), { name: 'b', start: 10, end: 20, rows: 9 }] },
      /part b has 9 rows in \[10, 20\)/,
    ],
    ['a journal with a gap', { journal: ['ranges have a gap'] }, /ranges have a gap/],
    ['another mark', { committed: 9 }, /mark is 19 and the partition's 9/],
    ['a mark above what was given out', { accepted: 15 }, /only 15 offsets were given out/],
    ['a shard ahead', applied({ highest: 30 }), /folded 31 records of 30/],
    ['a shard that lost what is gone', applied({ lacks: 18 }), /durably lacks offset 18/],
    ['a shard with more written than folded', applied({ mark: 24 }), /written offset 25/],
    [
      'a degraded view',
      applied({ withheld: [{ view: 'v', status: 'degraded' }] }),
      /view v is degraded/,
    ],
    ['stopped rolls', { stopped: 'because' }, /stopped: because/],
    ['damage', { tail: { ...good.tail, damage: [{ start: 1, end: 2, reason: 'torn' }] } }, /torn/],
    ['a damaged file', { files: ['The part a is gone.'] }, /part a is gone/],
  ])('finds %s', (_, change, sentence) => {
    const wrong = checkPartition({ ...good, ...change })
    expect(wrong.join('\n')).toMatch(sentence)
  })

  it('takes a view that is being filled for what it is', () => {
    const filling = applied({ withheld: [{ view: 'v', status: 'backfilling' }] })
    expect(checkPartition({ ...good, ...filling })).toEqual([])
  })

  it('follows ranges over pages and leaves out what came after the mark', () => {
    const track = denseTrack('ranges')
    track.add([{ start: 0, end: 5 }], 9)
    track.add(
      [
        { start: 5, end: 10 },
        { start: 10, end: 15 },
      ],
      9,
    )
    expect(track.end(9)).toEqual([])
  })
})

function never(): never {
  throw new Error('The good facts have two parts.')
}

import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { closedHoursIn, tenOClock } from '../support/closed-hours.ts'
import { damagePartition, replaceObject } from '../support/damage.ts'
import { historiesIn, textsOf } from '../support/history.ts'
import { firstLines, numbersIn } from '../support/numbers.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(21)
const names = ['flipped', 'gone', 'mended', 'hole', 'row', 'lost']
await workspace.apply(names.map(name => plainSource(name)))
const { append } = numbersIn(workspace)
const { list, setTime, sql } = closedHoursIn(workspace)
const { open, read, moveTail } = historiesIn(workspace)

beforeEach(() => setTime(tenOClock))
afterEach(() => {
  vi.useRealTimers()
})

describe('a history with a hole', () => {
  const threeParts = async (source: string) => {
    await append(source, 5)
    await moveTail(source)
    await append(source, 5, 5)
    await moveTail(source)
    await append(source, 5, 10)
    await moveTail(source)
    await append(source, 5, 15)
    return (await list(source)).parts[1]?.key ?? ''
  }

  it.each<[source: string, reason: RegExp, damage: (key: string) => Promise<unknown>]>([
    [
      'flipped',
      /digest/,
      key => replaceObject(key, bytes => bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte))),
    ],
    ['gone', /not in the object store/, key => env.LOG.delete(key)],
    [
      'hole',
      /above 4 of partition 0 are in no part/,
      () => sql('hole', 'DELETE FROM parts WHERE start_offset = 5'),
    ],
    [
      'lost',
      /above 4 of partition 0 are neither in parts nor tail/,
      async () => {
        await sql('lost', 'DELETE FROM parts WHERE start_offset = 5')
        await sql('lost', 'UPDATE partitions SET mark = 4')
      },
    ],
  ])(
    'says what is missing and gives what is before and behind: %s',
    async (source, reason, damage) => {
      await damage(await threeParts(source))
      const whole = await open(source, 19).rest()
      expect(textsOf(whole.seen)).toEqual(firstLines(5))
      expect(whole.reason).toMatch(reason)
      expect(textsOf(await read(source, 4))).toEqual(firstLines(5))
      expect(textsOf(await read(source, 19, { after: 9 }))).toEqual(firstLines(20).slice(10))
    },
  )

  it('says so where a row of the tail is damaged', async () => {
    for (const first of [0, 2, 4]) await append('row', 2, first)
    await damagePartition(
      workspace,
      'row',
      `UPDATE segment_0 SET body = replace(body, '{"n":2}', '{"n":7}') WHERE row = 2`,
    )
    const { seen, reason } = await open('row', 5).rest()
    expect(textsOf(seen)).toEqual(firstLines(2))
    expect(reason).toMatch(/records \[2, 4\)/)
    expect(textsOf(await read('row', 5, { after: 3 }))).toEqual(firstLines(6).slice(4))
  })

  it('throws what may be otherwise in a while', async () => {
    await threeParts('mended')
    let gets = 0
    const history = open('mended', 19, {}, ({ peers, parts }) => ({
      peers,
      parts: {
        ...parts,
        get: key => (++gets === 2 ? Promise.reject(new Error('busy')) : parts.get(key)),
      },
    }))
    expect(await history.next()).toMatchObject({ upTo: 4 })
    await expect(history.next()).rejects.toThrow('busy')
    expect(textsOf(await read('mended', 19, { after: 4 }))).toEqual(firstLines(20).slice(5))
    await expect(read('mended', 20, { after: 19 })).rejects.toThrow(/nothing above offset 19/)
  })
})

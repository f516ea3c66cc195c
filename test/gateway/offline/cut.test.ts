import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { formatCut, parseCut, parsePlace } from '../../../shared/cut.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(5)
const sourcesOf = (partitions: number) => [
  plainSource('moving', partitions),
  plainSource('one'),
  plainSource('refused'),
  plainSource('forgetful', 2),
]
await workspace.apply(sourcesOf(2))

/** Reads a frame; gives its rows as [n, partition, offset] and its cut. */
async function frame(source: string, query = '') {
  const address = `${workspace.sourcePath(source)}/dataframe?columns=n,_partition,_offset${query}`
  const { status, text, headers } = await workspace.send(address)
  expect(status).toBe(200)
  const rows = text
    .split('\n')
    .filter(line => line !== '')
    .map(line => Object.values<number>(JSON.parse(line)))
  return { rows, cut: headers.get('tidegate-cut') ?? '' }
}

describe('a cut', () => {
  it('is the same rows for ever, whatever comes: appends, rolls, doublings, restarts', async () => {
    for (let n = 0; n < 30; n++) await workspace.pushRecords('moving', [{ n }])
    const { rows, cut } = await frame('moving')
    expect(rows).toHaveLength(30)
    const changes = [
      async () => {
        for (let n = 30; n < 40; n++) await workspace.pushRecords('moving', [{ n }])
      },
      () =>
        workspace.send(`${workspace.sourcePath('moving')}/roll`, {
          method: 'POST',
        }),
      async () => {
        const { json } = await workspace.send('/api/v1/workspaces/test/definitions')
        const applied = await workspace.apply(
          sourcesOf(4),
          String(Reflect.get(Object(json), 'hash')),
        )
        expect(applied.status).toBe(200)
        for (let n = 40; n < 60; n++) await workspace.pushRecords('moving', [{ n }])
      },
      async () => {
        for (const at of [0, 1, 2, 3]) await evictDurableObject(workspace.partition('moving', at))
        await evictDurableObject(workspace.catalogue('moving'))
      },
    ]
    for (const change of changes) {
      await change()
      expect(await frame('moving', `&cut=${cut}`)).toEqual({ rows, cut })
    }
    expect((await frame('moving')).rows).toHaveLength(60)
    // After every row the rest of the same rows follows.
    for (const [at, [, partition, offset]] of rows.entries()) {
      const rest = await frame('moving', `&cut=${cut}&after=${partition}:${offset}`)
      expect(rest.rows).toEqual(rows.slice(at + 1))
    }
    // A reader that has parts is given what is above their last offsets, of each partition.
    for (const last of [rows[0], rows.at(9), rows.at(-9), rows.at(-1)]) {
      const [, partition = -1, offset = -1] = last ?? []
      const rest = await frame('moving', `&cut=${cut}&above=${partition}:${offset}`)
      expect(rest).toEqual({
        rows: rows.filter(row => row[1] !== partition || (row[2] ?? 0) > offset),
        cut,
      })
    }
    expect((await frame('moving', `&cut=${cut}&above=${cut}`)).rows).toEqual([])
    const newer = await frame('moving', `&above=${cut}`)
    expect(newer.rows.map(([n]) => n).sort()).toEqual(
      Array.from({ length: 30 }, (_, at) => at + 30).sort(),
    )
  })

  it('is refused when this source never gave it out', async () => {
    await workspace.pushRecords('refused', [{ n: 1 }])
    const ask = (query: string) =>
      workspace.send(`${workspace.sourcePath('refused')}/dataframe?${query}`)
    for (const query of [
      'cut=',
      'cut=0:5',
      'cut=7:0',
      'cut=0:0,0:0',
      'cut=x',
      'after=0:0',
      'above=x',
    ]) {
      const { status, text } = await ask(query)
      expect([query, status]).toEqual([query, 400])
      expect(text).toMatch(/tidegate-cut|PARTITION:OFFSET/)
    }
    expect((await ask('cut=0:0&after=0:-1')).status).toBe(200)
  })

  it('is text that reads back', () => {
    expect(formatCut([])).toBe('')
    const cut = [
      { partition: 0, upTo: -1 },
      { partition: 12, upTo: 345 },
    ]
    expect(formatCut(cut)).toBe('0:-1,12:345')
    expect(parseCut('0:-1,12:345')).toEqual(cut)
    expect(parsePlace('12:345')).toEqual({ partition: 12, offset: 345 })
    for (const text of ['', '1', '1:', ':1', '1:-2', '2:0,1:0', '1:1e3', ' 1:1', '1:1,']) {
      expect([text, parseCut(text)]).toEqual([text, undefined])
    }
  })

  it('has the partitions that a catalogue restored from a backup has forgotten', async () => {
    for (let n = 0; n < 30; n++) await workspace.pushRecords('forgetful', [{ n }])
    const before = await frame('forgetful')
    expect(new Set(before.rows.map(([, partition]) => partition)).size).toBe(2)
    await runInDurableObject(workspace.catalogue('forgetful'), (_, { storage }) =>
      storage.sql.exec('DELETE FROM partitions WHERE partition = 1'),
    )
    await evictDurableObject(workspace.catalogue('forgetful'))
    expect(await frame('forgetful')).toEqual(before)
  })
})

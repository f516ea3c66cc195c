import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { sealHeader } from '../../../gateway/log/row-digest.ts'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { damagePartition } from '../support/damage.ts'
import { firstLines, numbersIn } from '../support/numbers.ts'
import { withPartition } from '../support/open-objects.ts'
import { click, clicksSource, latestClick, plainSource } from '../support/test-definitions.ts'
import { appendOf, producerOf, testWorkspace, verdictsOf } from '../support/test-workspace.ts'

const workspace = testWorkspace(12)
const names = ['body', 'header', 'place', 'format', 'gone', 'told', 'older', 'newer', 'twice']
const clicks = clicksSource()
const { view, service } = latestClick(clicks)
await workspace.apply([...names.map(name => plainSource(name)), clicks, view, service])
const message = { format: 1 }
const { append, lines, objects } = numbersIn(workspace)

/** Appends three rows of two records each: 0 1, 2 3, 4 5. */
async function threeRows(source: string) {
  for (const first of [0, 2, 4]) await append(source, 2, first)
}

/** Opens a partition on damaged tables beside the one that runs, which a throw would break. */
async function openDamaged(source: string, statement: string): Promise<void> {
  await runInDurableObject(workspace.partition(source), (_, state) => {
    state.storage.sql.exec(statement)
  })
  await withPartition(workspace, source, async () => undefined)
}

async function summaryOf(source: string) {
  return (await workspace.send(`${workspace.sourcePath(source)}/summary`)).json
}

const damages = {
  body: `UPDATE segment_0 SET body = replace(body, '{"n":2}', '{"n":7}') WHERE row = 2`,
  header: 'UPDATE segment_0 SET header = substr(header, 2) WHERE row = 2',
  place:
    'UPDATE segment_0 SET header = replace(header, \'"floor":0\', \'"floor":2\') WHERE row = 2',
  // One bit of the number: the row says that a newer gateway wrote it.
  format: `UPDATE segment_0 SET header = replace(header, '"format":2', '"format":6') WHERE row = 2`,
} as const

describe('a damaged row', () => {
  it.each(Object.entries(damages))('is never served: %s', async (source, statement) => {
    await threeRows(source)
    await damagePartition(workspace, source, statement)
    const stub = workspace.partition(source)

    const before = await stub.readTail({ ...message, after: -1, upTo: 5 })
    expect(before).toMatchObject({ outcome: 'pieces', upTo: 1 })
    const damaged = await stub.readTail({ ...message, after: 1, upTo: 5 })
    expect(damaged).toMatchObject({ outcome: 'corrupt', damage: { start: 2, end: 4 } })
    expect(
      await stub.catchUp({ ...message, entitySetId: 'set', after: 2, version: 1 }),
    ).toMatchObject({
      outcome: 'corrupt',
      damage: { start: 3, end: 4, reason: expect.stringContaining('records [3, 4)') },
    })
    expect(await stub.readTail({ ...message, after: 3, upTo: 5 })).toMatchObject({
      outcome: 'pieces',
      pieces: [{ start: 4, text: '{"n":4}\n{"n":5}' }],
    })
    await expect(lines(source)).rejects.toThrow()

    expect(await stub.roll(message)).toMatchObject({ status: 'stopped' })
    expect(await objects(source)).toEqual([])
    expect(await summaryOf(source)).toMatchObject({
      rows: 6,
      stopped: [expect.stringMatching(/records \[2, 4\) .* are damaged/)],
    })

    const more = await stub.append(appendOf(6, 1))
    expect(verdictsOf(more)).toEqual([{ status: 'accepted', offset: 6 }])
    await evictDurableObject(stub)
    expect((await stub.snapshot(message)).last).toBe(6)
    expect(verdictsOf(await stub.append(appendOf(6, 1)))).toEqual([{ status: 'duplicate' }])
  })

  it('keeps the verdicts of the rows around it', async () => {
    const again = await workspace.partition('body').append(appendOf(0, 6))
    expect(verdictsOf(again)).toEqual(Array.from({ length: 6 }, () => ({ status: 'duplicate' })))
  })

  it('is damage too when it is not there, and its offsets are not given out again', async () => {
    await threeRows('gone')
    await damagePartition(workspace, 'gone', 'DELETE FROM segment_0 WHERE row = 2')
    const stub = workspace.partition('gone')
    expect((await stub.snapshot(message)).stopped).toMatch(/records \[2, 4\) .* no row holds them/)
    const reply = await stub.readTail({ ...message, after: 1, upTo: 5 })
    expect(reply).toMatchObject({ outcome: 'corrupt', damage: { start: 2, end: 4 } })
    expect(verdictsOf(await stub.append(appendOf(6, 1)))).toMatchObject([{ offset: 6 }])
  })

  it('keeps the object from opening where offsets could be given out twice', async () => {
    await append('twice', 2)
    await append('twice', 2, 2)
    const change = 'UPDATE segment_0 SET start_offset = 1 WHERE row = 2'
    await expect(openDamaged('twice', change)).rejects.toThrow(/lost its offsets above 2/)
  })

  it('is reported once, stops the rolls, and is said in the reply', async () => {
    await threeRows('told')
    await damagePartition(workspace, 'told', damages.body)
    const reports: string[] = []
    await withPartition(
      workspace,
      'told',
      async partition => {
        for (let times = 0; times < 3; times++) {
          await partition.readTail({ ...message, after: 1, upTo: 5 })
        }
        expect((await partition.roll(message)).reason).toMatch(/records \[2, 4\)/)
        await partition.alarm()
      },
      ports => ({ ...ports, report: event => reports.push(event) }),
    )
    expect(reports).toEqual(['stored records are damaged'])
  })
})

describe('rows of format 1', () => {
  const older = `UPDATE segment_0 SET header = replace(substr(header, 1, instr(header, ',"bodyCrc"') - 1) || '}', '"format":2', '"format":1')`

  it('are still read and rolled', async () => {
    await threeRows('older')
    await damagePartition(workspace, 'older', older)
    expect(await lines('older')).toEqual(firstLines(6))
    const again = await workspace.partition('older').append(appendOf(0, 6))
    expect(new Set(verdictsOf(again).map(({ status }) => status))).toEqual(new Set(['duplicate']))
    expect(await workspace.partition('older').roll(message)).toMatchObject({ status: 'rolled' })
    expect(await lines('older')).toEqual(firstLines(6))
  })

  it('are damaged when their records are not those that the header counts', async () => {
    await append('older', 2, 6)
    await damagePartition(workspace, 'older', older.replace('segment_0', 'segment_1'))
    await damagePartition(workspace, 'older', 'UPDATE segment_1 SET body = \'{"n":6}\'')
    const reply = await workspace.partition('older').readTail({ ...message, after: 5, upTo: 7 })
    expect(reply).toMatchObject({ outcome: 'corrupt', damage: { start: 6, end: 8 } })
  })
})

describe('rows of a newer format', () => {
  it('are refused with a sentence, never taken for damage', async () => {
    await threeRows('newer')
    const header = sealHeader('{"format":3}', { start: 0, records: 2 }, '{"n":0}\n{"n":1}')
    const newer = `UPDATE segment_0 SET header = '${header}' WHERE row = 1`
    await expect(openDamaged('newer', newer)).rejects.toThrow(
      /format 3 .* a newer gateway wrote it/,
    )
  })
})

describe('a shard', () => {
  it('answers UNKNOWN rather than a value that lacks damaged records', async () => {
    const definitions = await workspace.definitions()
    const [{ id: entitySetId } = { id: '' }] = definitions?.entitySets ?? []
    const shard = env.FEATURE_SHARD.getByName(
      objectNames.shard(workspace.workspaceId, entitySetId, 0),
    )
    await workspace.pushNumbered('clicks', producerOf(1), [[0, click('a', 1)]])
    await workspace.pushNumbered('clicks', producerOf(1), [[1, click('a', 2)]])
    await damagePartition(
      workspace,
      'clicks',
      `UPDATE segment_0 SET body = replace(body, '"n":2', '"n":3')`,
    )
    // It folded both records and kept none: after this life it has to ask for them.
    await evictDurableObject(shard)
    const options = { includeServingStatus: true }
    const { text } = await workspace.features('clicks_features', { user: 'a' }, options)
    expect(text).not.toContain('"3"')
    expect(text).toContain('UNKNOWN')
    // Views that cannot be served hold nothing back: the next push is acknowledged.
    const receipts = await workspace.pushNumbered('clicks', producerOf(1), [[2, click('a', 4)]])
    expect(receipts).toMatchObject([{ status: 'accepted' }])
  })

  it('is told of damage by a delivery', async () => {
    await damagePartition(
      workspace,
      'clicks',
      'UPDATE segment_0 SET body = body || 1 WHERE row = 3',
    )
    const definitions = await workspace.definitions()
    const [{ id: entitySetId } = { id: '' }] = definitions?.entitySets ?? []
    const shard = env.FEATURE_SHARD.getByName(
      objectNames.shard(workspace.workspaceId, entitySetId, 0),
    )
    await evictDurableObject(shard)
    const receipts = await workspace.pushNumbered('clicks', producerOf(1), [[3, click('a', 5)]])
    expect(receipts).toMatchObject([{ status: 'accepted' }])
    expect(Object.values((await shard.state(message)).marks)).toEqual([3])
    expect(Object.values((await shard.state(message)).withheld)).toEqual(['degraded'])
  })
})

import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import { GatewayError, getWorkspace, type Workspace } from '../../../client/workspace/index.ts'
import { PushConfig, PushSource, StreamSource, ValidationError } from '../../../shared/index.ts'
import { Field, Int64, String } from '../../../shared/types.ts'
import { type LineGateway, startGateway } from '../../line/support/gateway.ts'
import type { Line } from '../../line/support/line.ts'
import { pushTrips, tripOf, trips } from './support/trips.ts'

const count = 400
let gateway: LineGateway
let line: Line
let workspace: Workspace
const memories = PushSource({ name: 'memories', schema: [Field('n', Int64)] })
const timeless = StreamSource({
  name: 'timeless',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [Field('n', Int64)],
})

beforeAll(async () => {
  gateway = await startGateway()
  line = gateway.line()
  await line.apply([trips, memories, timeless])
  await pushTrips(line, count)
  workspace = getWorkspace(line.workspace, { url: gateway.url, key: line.adminKey })
})
afterAll(() => gateway.close())

const micros = (date: Date) => date.toISOString().replace('Z', '000Z')

describe('rows', () => {
  test('come back as they were pushed: exact integers, times to the microsecond, typed', async () => {
    const frame = workspace.source(trips).getDataframe()
    expect(frame.columns).toEqual(trips.schema.map(({ name }) => name))
    expect(frame.cut).toBeUndefined()
    const rows = await frame.toArray()
    expect(frame.cut).toMatch(/^0:-?\d+,1:-?\d+,2:-?\d+,3:-?\d+$/)
    expect(rows).toHaveLength(count)
    const expected = Array.from({ length: count }, (_, n) => {
      const trip = tripOf(n)
      const from = trip.from && { ...trip.from, seen: micros(trip.from.seen) }
      return { ...trip, at: micros(trip.at), from }
    })
    expect(rows.toSorted((a, b) => a.legs - b.legs)).toEqual(expected)
    const [row] = rows
    expectTypeOf(row?.id).toEqualTypeOf<bigint | undefined>()
    expectTypeOf(row?.far).toEqualTypeOf<number | null | undefined>()
    expectTypeOf(row?.stops).toEqualTypeOf<string[] | null | undefined>()
    expectTypeOf(row?.counts).toEqualTypeOf<{ [key: string]: bigint } | undefined>()
  })

  test('have the columns that were asked for, in that order, those of Tidegate among them', async () => {
    const frame = workspace
      .source(trips)
      .getDataframe({ columns: ['_offset', 'who', '_ingest_ts', '_version', 'id'] })
    const [row] = await frame.toArray()
    expect(row && Object.keys(row)).toEqual(['_offset', 'who', '_ingest_ts', '_version', 'id'])
    expect(row).toMatchObject({ _offset: 0n, _version: 1n })
    expectTypeOf(row).toEqualTypeOf<
      { _offset: bigint; who: string; _ingest_ts: string; _version: bigint; id: bigint } | undefined
    >()
    // @ts-expect-error There is no such column.
    expect(() => workspace.source(trips).getDataframe({ columns: ['fro'] })).toThrow(
      'There is no column "fro"; the columns are id, at, who,',
    )
  })

  test('are those of a range: its start is in it, its end is not; texts without a zone are UTC', async () => {
    const source = workspace.source(trips)
    const legs = async (startTime: Date | string, endTime: Date | string) => {
      const rows = await source.getDataframe({ startTime, endTime, columns: ['legs'] }).toArray()
      return rows.map(({ legs }) => legs).sort((a, b) => a - b)
    }
    expect(await legs(tripOf(3).at, tripOf(5).at)).toEqual([3, 4])
    expect(await legs('2026-01-01', '2026-01-01T00:02')).toEqual([0, 1])
    expect(await legs('2030-01-01', '2031-01-01')).toEqual([])
  })

  test('are the same whenever a data frame is read, and new ones are not in it', async () => {
    const source = workspace.source(timeless)
    const client = line.client()
    client.push(timeless, { n: 1n })
    await client.flush()
    const frame = source.getDataframe()
    expect(await frame.toArray()).toEqual([{ n: 1n }])
    client.push(timeless, { n: 2n })
    await client.close()
    expect(await frame.toArray()).toEqual([{ n: 1n }])
    const { cut = '' } = frame
    expect(await source.getDataframe({ cut }).toArray()).toEqual([{ n: 1n }])
    expect(await source.getDataframe().toArray()).toEqual([{ n: 1n }, { n: 2n }])
    expect(await source.getDataframe({ cut: '0:1', after: '0:0' }).toArray()).toEqual([{ n: 2n }])
  })

  test('are read by whoever comes first, and let go where the reader stops', async () => {
    const seen: bigint[] = []
    for await (const { id } of workspace.source(trips).getDataframe()) {
      seen.push(id)
      if (seen.length === 3) break
    }
    expect(seen).toHaveLength(3)
  })

  test('of a source known by name are decoded as it was applied', async () => {
    const source = await workspace.getDataSource('trips')
    const [row] = await source.getDataframe({ columns: ['id', 'counts'] }).toArray()
    expect(row).toMatchObject({ counts: { _offset: -9_007_199_254_740_993n } })
  })
})

describe('NDJSON', () => {
  const textOf = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => new Response(stream).text()

  test('is what the gateway writes', async () => {
    const frame = workspace.source(trips).getDataframe()
    const text = await textOf(frame.toNdjson())
    expect(text.split('\n').slice(0, -1)).toEqual(
      await line.dataFrame('trips', `?cut=${frame.cut}`),
    )
    expect(text.endsWith('}\n')).toBe(true)
  })

  test.each([
    [['id'], ''],
    [['_partition'], '?columns=_partition'],
    [['_offset'], '?columns=_offset'],
    [['_offset', 'counts'], '?columns=counts,_offset'],
    [['_partition', 'who'], '?columns=who,_partition'],
    [['_offset', '_partition', '_version'], '?columns=_version,_partition,_offset'],
  ] as const)('shows a row’s place only where it was asked for: %s', async (columns, query) => {
    const text = await textOf(workspace.source(trips).getDataframe({ columns }).toNdjson())
    const lines = await line.dataFrame('trips', query === '' ? '?columns=id' : query)
    expect(text.split('\n').slice(0, -1)).toEqual(lines)
  })

  test('of no rows is empty', async () => {
    const none = workspace.source(trips).getDataframe({ startTime: '2040-01-01' })
    expect(await textOf(none.toNdjson())).toBe('')
  })
})

describe('an Arrow table', () => {
  test('holds the same, nested and exact', async () => {
    const frame = workspace.source(trips).getDataframe()
    const table = await frame.toArrow()
    expect(table.numRows).toBe(count)
    expect(table.names).toEqual(frame.columns)
    const types = table.schema.fields.map(({ name, nullable }) => [name, nullable])
    expect(types).toEqual(trips.schema.map(({ name, nullable }) => [name, nullable]))
    const rows = await frame.toArray()
    const at = rows.findIndex(({ legs }) => legs === 3)
    const column = (name: string) => table.getChild(name).at(at)
    expect(column('id')).toBe(9_223_372_036_854_775_804n)
    expect(column('at')).toBe(BigInt(tripOf(3).at.getTime()) * 1_000n)
    expect([...column('stops')]).toEqual([-62_135_596_799_999_999n, 253_402_300_799_999_999n])
    expect(column('counts')).toEqual([
      ['_offset', -9_007_199_254_740_993n],
      ['_partition', 3n],
    ])
    expect(column('from')).toEqual({
      place: 'Ö\n',
      seen: BigInt(tripOf(3).at.getTime()) * 1_000n,
    })
    expect(rows.map(({ far }) => far)).toEqual([...table.getChild('far')])
    expect(rows.map(({ done }) => done)).toEqual([...table.getChild('done')])
    expect(rows.map(({ from }) => from === null)).toEqual(
      [...table.getChild('from')].map(from => from === null),
    )
  })

  test('of no rows has its columns', async () => {
    const none = workspace.source(trips).getDataframe({ endTime: '1999-01-01' })
    const table = await none.toArrow()
    expect([table.numRows, table.names]).toEqual([0, none.columns])
  })
})

describe('what cannot be', () => {
  test('ranges of a source without event time, or without its translator', () => {
    const startTime = '2026-01-01'
    expect(() => workspace.source(timeless).getDataframe({ startTime })).toThrow(ValidationError)
    const options = { endTime: startTime, applyTranslator: false }
    expect(() => workspace.source(trips).getDataframe(options)).toThrow('need applyTranslator')
  })

  test.each([
    [{ startTime: 'yesterday' }, 'received "yesterday"'],
    [{ endTime: new Date(Number.NaN) }, 'A time is a Date or ISO 8601'],
    [{ columns: 'at' as never }, 'columns is a list that names one at least'],
    [{ endTime: null as never }, 'A time is a Date or ISO 8601'],
    [{ startTime: 1_700_000_000 as never }, 'received 1700000000'],
    [{ start_time: '2026-01-01' } as never, 'There is no option "start_time"'],
    [null as never, 'Expected an object of options but received null'],
    [{ cut: 'x' }, 'cut is that of a data frame or of marks but received "x"'],
    [{ after: '0:1' }, 'after is PARTITION:OFFSET and goes with cut'],
    [{ columns: [] }, 'columns is a list that names one at least'],
  ])('%o', (options, sentence) => {
    expect(() => workspace.source(trips).getDataframe(options)).toThrow(sentence)
  })

  test('a history that is not kept here', async () => {
    const reading = workspace.source(memories).getDataframe().toArray()
    await expect(reading).rejects.toMatchObject({ code: 'no_offline_log', status: 409 })
    await expect(reading).rejects.toThrow(GatewayError)
  })

  test('a cut that this source never had', async () => {
    const reading = workspace.source(timeless).getDataframe({ cut: '0:99' }).toArray()
    await expect(reading).rejects.toThrow(/partition 0 has not given out offset 99/)
  })

  test('an aborted read', async () => {
    const abort = new AbortController()
    const reason = new Error('Enough.')
    const frame = workspace.source(trips).getDataframe({ signal: abort.signal })
    const rows = frame[Symbol.asyncIterator]()
    expect((await rows.next()).done).toBe(false)
    abort.abort(reason)
    const rest = async () => {
      while (!(await rows.next()).done);
    }
    await expect(rest()).rejects.toBe(reason)
    await expect(frame.toArray()).rejects.toBe(reason)
  })
})

describe('a definition that differs from what was applied', () => {
  const others = (field: Parameters<typeof StreamSource>[0]['schema'][number]) =>
    StreamSource({
      name: 'timeless',
      streamConfig: PushConfig({ logOffline: true }),
      schema: [field],
    })

  test('is told by validate, and by rows that it cannot read', async () => {
    await workspace.source(timeless).validate()
    const wrong = workspace.source(others(Field('n', String)))
    await expect(wrong.validate()).rejects.toThrow(
      'Source "timeless": It cannot follow the source that was applied: The field "n" is',
    )
    await expect(wrong.getDataframe().toArray()).rejects.toThrow(
      'cannot be read: "n": Expected string but received 1.',
    )
  })
})

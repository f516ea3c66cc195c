import { describe, expect, it } from 'vitest'
import { compileDefinitions } from '../../gateway/ingest/compiled-source.ts'
import { judgeRecords } from '../../gateway/ingest/judge-records.ts'
import { isClientBody, scanRequest } from '../../gateway/ingest/scan-request.ts'
import { keepRecords } from '../../gateway/log/admitted-records.ts'
import { buildPart } from '../../gateway/offline/build-part.ts'
import { entityKeyOf, slotOf } from '../../gateway/online/entity-key.ts'
import { resolveDefinitions } from '../../gateway/registry/resolve-definitions.ts'
import {
  decodeResolvedDefinitions,
  type ResolvedSource,
} from '../../gateway/registry/resolved-definitions.ts'
import { parseRows } from '../../gateway/stored-rows.ts'
import { cast, columns, ne, orElse, postProcess, shift } from '../../shared/expressions.ts'
import { encodeFields } from '../../shared/fields/encode-fields.ts'
import {
  Attribute,
  Entity,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../shared/index.ts'
import { Field, Int64, String, Timestamp } from '../../shared/types.ts'
import { workspaceDefinitions } from '../../shared/workspace-definitions.ts'

const sent = [
  Field('who', String),
  Field('at', Timestamp),
  Field('count', String),
  Field('more', Int64, { nullable: true }),
]
const c = columns(sent)
const clicks = StreamSource({
  name: 'clicks',
  streamConfig: PushConfig({
    logOffline: true,
    inputSchema: sent,
    postProcessor: postProcess({
      filter: ne(c.who, 'robot'),
      select: {
        user: c.who,
        happened: shift(c.at, '1h'),
        n: cast(c.count, Int64),
        more: orElse(c.more, -1n),
      },
    }),
  }),
  schema: [
    Field('user', String),
    Field('happened', Timestamp),
    Field('n', Int64),
    Field('more', Int64),
  ],
})
const latest = StreamFeatureView({
  name: 'latest',
  source: clicks,
  entities: [Entity({ name: 'user', joinKeys: [Field('user', String)] })],
  features: [Attribute('n', Int64)],
})
let minted = 0
const definitions = decodeResolvedDefinitions(
  JSON.parse(
    JSON.stringify(
      resolveDefinitions(workspaceDefinitions({ name: 'w', live: true }, [clicks, latest]), {
        workspaceId: 'w',
        version: 7,
        hash: '',
        nowUs: 0,
        previous: undefined,
        recreated: new Set(),
        changed: new Set(),
        mint: () => `id${minted++}`,
      }),
    ),
  ),
)
const compiled = compileDefinitions(definitions).source('clicks')
if (compiled === undefined) throw new Error('The source was not resolved.')
const { source } = compiled

const click = (who: string, count: string, hour = 0, more: number | null = null) => ({
  who,
  at: `2026-01-02T0${hour}:00:00.000000Z`,
  count,
  more,
})
const rowTime = (hour: number) => `2026-01-02T0${hour + 1}:00:00.000000Z`
const texts = (records: readonly object[]) =>
  records.map(record => JSON.stringify(record)).join('\n')
const judge = (records: readonly object[]) =>
  judgeRecords(
    {
      name: 'clicks',
      count: records.length,
      elements: records.map((record, sequence) => ({ record, sequence })),
      floor: 0,
    },
    compiled,
    Date.UTC(2026, 0, 2),
  )

describe('a source with a post-processor', () => {
  it('judges by the input, stores what was sent and routes by the row', () => {
    const records = [click('ann', '1'), click('robot', 'x', 3), click('bob', '2', 1)]
    const judged = judge([...records, click('ann', 'x'), { user: 'ann' }])
    expect(judged.text).toBe(texts(records))
    expect(judged.admitted).toEqual([0, 1, 2])
    expect(judged.rejected).toMatchObject([
      { index: 3, code: 'null_field', field: 'n' },
      { index: 4, code: 'missing_field', field: 'who' },
    ])
    const [ann, bob] = ['ann', 'bob'].map(user => slotOf(entityKeyOf(['user'], { user })))
    expect(Object.values(judged.slots).map(slots => [...slots])).toEqual([[ann, ann, bob]])
    expect(judged.eventTimes).toEqual([rowTime(0), rowTime(1)])
  })

  it('is never scanned past its check', () => {
    const body = `{"protocol":1,"workspace_name":"w","producer":"${'a'.repeat(32)}","floors":{},"records":{"clicks":[${JSON.stringify({ record: click('ann', 'x'), sequence: 0 })}]}}`
    expect(isClientBody(body)).toBe(true)
    expect(scanRequest(body, compileDefinitions(definitions), Date.UTC(2026, 0, 2))).toBeUndefined()
  })

  it('knows the event times of what is left of a request', () => {
    const records = [click('ann', '1'), click('ann', '2', 1), click('robot', 'x', 2)]
    const { text, bytes, slots, eventTimes } = judge(records)
    const group = { text, bytes, records: 3, slots, eventTimes }
    expect(keepRecords(source, group, [[1, 3]]).eventTimes).toEqual([rowTime(1), rowTime(1)])
    expect(keepRecords(source, group, [[2, 3]]).eventTimes).toBeUndefined()
  })

  it('bounds parts by the times of rows, those of earlier schemas too', async () => {
    const { more: _, ...older } = click('ann', '1', 2)
    const earlier = [{ until: 5, fields: encodeFields(sent.slice(0, 3)) }]
    const both: ResolvedSource = { ...source, earlier }
    const slices = async function* () {
      yield [
        { text: texts([older]), start: 0, ingestUs: 0, version: 4 },
        {
          text: texts([click('ann', '3', 4), click('robot', 'x', 6)]),
          start: 1,
          ingestUs: 0,
          version: 7,
        },
      ]
    }
    const { eventTimes, rows } = await buildPart(both, 0, slices())
    expect(rows).toBe(3)
    expect(eventTimes).toEqual([rowTime(2), rowTime(4)])
  })

  it('makes rows of records of each version', () => {
    const { more: _, ...older } = click('ann', '1', 2)
    const { versions } = compiled
    expect(parseRows(texts([click('robot', 'x'), click('bob', '2', 3, 9)]), 7, versions)).toEqual([
      undefined,
      { user: 'bob', happened: rowTime(3), n: 2, more: 9 },
    ])
    expect(parseRows(texts([older]), 4, versions)).toEqual([
      { user: 'ann', happened: rowTime(2), n: 1, more: -1 },
    ])
    expect(() => parseRows(texts([click('ann', 'x')]), 7, versions)).toThrow(
      'A stored record has no row: "n"',
    )
  })
})

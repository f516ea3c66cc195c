import { describe, expect, it } from 'vitest'
import { decodeSource } from '../../../shared/definitions/decode-definitions.ts'
import { durationMs } from '../../../shared/definitions/duration.ts'
import { encodeSource } from '../../../shared/definitions/encode-definitions.ts'
import { readPushConfig } from '../../../shared/definitions/push-config.ts'
import { readPushSource, readStreamSource } from '../../../shared/definitions/stream-source.ts'
import {
  eventTimeFieldOf,
  FileConfig,
  HiveConfig,
  PushConfig,
  PushSource,
  StreamSource,
  ValidationError,
  warningsOf,
} from '../../../shared/index.ts'
import { type AnyField, Field, Int64, String, Timestamp } from '../../../shared/types.ts'

const flights = StreamSource({
  name: 'flights',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'date' }),
  schema: [Field('date', Timestamp), Field('delay', Int64), Field('origin', String)],
})
const clicks = PushSource({
  name: 'click_event_source',
  schema: [
    Field({ name: 'user_id', dtype: String }),
    Field({ name: 'event_timestamp', dtype: String }),
    Field({ name: 'clicked', dtype: Int64 }),
  ],
  batchConfig: HiveConfig({ database: 'demo_ads', table: 'impressions_batch' }),
  description: 'Sample Push Source for click events',
  owner: 'pooja@tecton.ai',
  tags: { release: 'staging' },
  preventDestroy: false,
})
const parquet = FileConfig({ uri: 's3://bucket/data.pq', fileFormat: 'parquet' })
const bare = {
  name: 'bare',
  streamConfig: PushConfig(),
  schema: [Field('at', Timestamp), Field('n', Int64)],
}

describe('definitions of sources', () => {
  it('are frozen plain data with defaults written out', () => {
    expect(clicks).toEqual({
      kind: 'stream_source',
      form: 'push_source',
      name: 'click_event_source',
      schema: clicks.schema,
      streamConfig: { kind: 'push_config', logOffline: false, partitions: 1 },
      batchConfig: { kind: 'hive_config', database: 'demo_ads', table: 'impressions_batch' },
      description: 'Sample Push Source for click events',
      owner: 'pooja@tecton.ai',
      tags: { release: 'staging' },
      preventDestroy: false,
    })
    for (const definition of [clicks, clicks.schema, clicks.tags, clicks.batchConfig]) {
      expect(Object.isFrozen(definition)).toBe(true)
    }
  })

  it('do not change when what they were made of does', () => {
    const schema: AnyField[] = [Field('a', Int64)]
    const tags: { [tag: string]: string } = { team: 'ads' }
    const source = StreamSource({ name: 's', streamConfig: PushConfig(), schema, tags })
    schema.push(Field('b', Int64))
    tags.team = 'fraud'
    expect(source.schema).toHaveLength(1)
    expect(source.tags).toEqual({ team: 'ads' })
  })
})

describe('options of a source', () => {
  const options = { replayable: 'yes', 'kafka.group': 'a b' }

  it.each([
    StreamSource({ ...bare, options }),
    PushSource({ name: 'bare', schema: bare.schema, options }),
  ])('are kept as texts, frozen, in JSON and back', source => {
    expect(source.options).toEqual(options)
    expect(Object.isFrozen(source.options)).toBe(true)
    expect(decodeSource(JSON.parse(JSON.stringify(encodeSource(source))))).toEqual(source)
  })

  it('leave no trace where there are none', () => {
    expect(StreamSource({ ...bare, options: {} })).toEqual(StreamSource(bare))
    expect(Object.keys(StreamSource(bare))).not.toContain('options')
  })
})

describe('the event time of a source', () => {
  const times = [Field('a', Timestamp), Field('b', Timestamp), Field('c', Timestamp)]
  it.each([
    ['what the push config names', PushConfig({ timestampField: 'b' }), 'c', times, 'b'],
    ['else what the batch config names', PushConfig(), 'c', times, 'c'],
    ['nothing if the batch config names another kind', PushConfig(), 'n', times, undefined],
    ['else nothing among several', PushConfig(), undefined, times, undefined],
    ['else the only one', PushConfig(), undefined, times.slice(0, 1), 'a'],
    [
      'never a nullable one',
      PushConfig(),
      undefined,
      [Field('a', Timestamp, { nullable: true })],
      undefined,
    ],
  ])('is %s', (_, streamConfig, timestampField, fields, expected) => {
    const source = StreamSource({
      name: 's',
      streamConfig,
      schema: [...fields, Field('n', Int64)],
      batchConfig: FileConfig({
        uri: 'x',
        fileFormat: 'csv',
        ...(timestampField === undefined ? {} : { timestampField }),
      }),
    })
    expect(eventTimeFieldOf(source)).toBe(expected)
  })

  it('is none where times are text', () => {
    expect(eventTimeFieldOf(clicks)).toBeUndefined()
  })
})

describe('sources', () => {
  it('warn when nothing keeps a history', () => {
    expect(warningsOf(flights)).toEqual([])
    expect(warningsOf(clicks)).toEqual([])
    expect(warningsOf(StreamSource(bare))).toEqual([expect.stringContaining('keeps no history')])
  })

  it.each<[string, object, string]>([
    [
      'two histories',
      { streamConfig: PushConfig({ logOffline: true }), batchConfig: parquet },
      'give one of them',
    ],
    [
      'an event time that is no column',
      { streamConfig: PushConfig({ timestampField: 'when' }) },
      '"when"',
    ],
    [
      'an event time that is no Timestamp',
      { streamConfig: PushConfig({ timestampField: 'n' }) },
      '"n"',
    ],
    ['no schema', { schema: undefined }, 'schema is a list'],
    ['an empty schema', { schema: [] }, 'schema is a list'],
    ['names that differ in case', { schema: [Field('a', Int64), Field('A', Int64)] }, 'same name'],
    ['a field that is none', { schema: [{ name: 'a' }] }, 'field "a"'],
    ['no stream config', { streamConfig: undefined }, 'streamConfig is a PushConfig'],
    ['a batch config that is none', { batchConfig: {} }, 'FileConfig or a HiveConfig'],
    ['an unknown option', { partition: 2 }, 'no option "partition"'],
    ['a name with two underscores', { name: 'a__b' }, 'A name is'],
    ['tags that are no texts', { tags: { a: 1 } }, 'In tags, "a" is text'],
    ['options that are no texts', { options: { a: true } }, 'In options, "a" is text'],
    ['options in options', { options: { a: { b: 'c' } } }, 'In options, "a" is text'],
    ['options that are a text', { options: 'a=b' }, 'options is an object of texts'],
    ['an option without a name', { options: { '': 'a' } }, 'the name of an option'],
    ['tags that are a list', { tags: ['a'] }, 'tags is an object'],
    ['an owner that is no text', { owner: 3 }, 'owner is text'],
    ['a flag that is none', { preventDestroy: 'no' }, 'preventDestroy is true or false'],
  ])('refuse %s', (_, change, sentence) => {
    expect(() => readStreamSource({ ...bare, ...change })).toThrow(ValidationError)
    expect(() => readStreamSource({ ...bare, ...change })).toThrow(sentence)
  })

  it('say which source a message is about', () => {
    expect(() => readStreamSource({ ...bare, owner: 3 })).toThrow(/^StreamSource "bare": /)
    expect(() => readPushSource(bare)).toThrow(/^PushSource "bare": .*no option "streamConfig"/)
    expect(() => readStreamSource(undefined)).toThrow(/^StreamSource: /)
  })
})

describe('PushConfig', () => {
  it.each(['1d', '24h', '30d', '86400s', '36500d'])('keeps records for %s', retention => {
    const config = readPushConfig({ logOffline: true, retention })
    expect(config).toEqual({ kind: 'push_config', logOffline: true, retention, partitions: 1 })
    expect(readPushConfig(JSON.parse(JSON.stringify({ ...config, kind: undefined })))).toEqual(
      config,
    )
  })

  it('keeps them for ever when nothing is said, and says nothing of it', () => {
    expect(Object.keys(PushConfig({ logOffline: true }))).not.toContain('retention')
  })

  it.each([
    [{ logOffline: true, retention: '23h' }, 'retention is at least \'1d\' but received "23h"'],
    [{ logOffline: true, retention: 30 }, 'retention is a duration'],
    [{ logOffline: true, retention: '36501d' }, 'retention is a duration'],
    [{ logOffline: true, retention: null }, 'retention is a duration'],
    [{ logOffline: false, retention: '30d' }, 'retention is for an offline log'],
    [{ retention: '30d' }, 'retention is for an offline log'],
  ])('refuses %j', (options, reason) => {
    expect(() => readPushConfig(options)).toThrow(reason)
  })

  it.each([1, 2, 4, 8, 16, 32, 64])('takes %d partitions', partitions => {
    expect(PushConfig({ partitions }).partitions).toBe(partitions)
  })

  it.each([0, -1, 3, 0.5, 128, Number.NaN, Number.POSITIVE_INFINITY, '2', null])(
    'refuses %s partitions',
    partitions => {
      expect(() => readPushConfig({ partitions })).toThrow('partitions is a power of two')
    },
  )
})

describe('durationMs', () => {
  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['30d', 2_592_000_000],
  ] as const)('%s is %d', (duration, ms) => {
    expect(durationMs(duration)).toBe(ms)
  })
})

import { describe, expect, it } from 'vitest'
import { readFileConfig } from '../../../shared/definitions/batch-config.ts'
import { decodeSource } from '../../../shared/definitions/decode-definitions.ts'
import { encodeSource } from '../../../shared/definitions/encode-definitions.ts'
import { sortedJson } from '../../../shared/definitions/sorted-json.ts'
import {
  FileConfig,
  HiveConfig,
  PushConfig,
  StreamSource,
  ValidationError,
} from '../../../shared/index.ts'
import { Field, Int64, Timestamp } from '../../../shared/types.ts'

const bare = {
  name: 'bare',
  streamConfig: PushConfig(),
  schema: [Field('at', Timestamp), Field('n', Int64)],
}

describe('batch configs', () => {
  it('keep what they are given', () => {
    expect(
      HiveConfig({ database: 'd', table: 't', location: 's3://b/t/', dataDelay: '1h' }),
    ).toEqual({
      kind: 'hive_config',
      database: 'd',
      table: 't',
      location: 's3://b/t/',
      dataDelay: '1h',
    })
  })

  it('keep all that a table says of itself, in JSON and back', () => {
    const datetimePartitionColumns = [
      { columnName: 'y', datepart: 'year' },
      { columnName: 'd', datepart: 'date', zeroPadded: false },
    ] as const
    const batchConfig = FileConfig({
      uri: 's3://b/events/',
      fileFormat: 'csv',
      timestampField: 'at',
      timestampFormat: 'yyyy-MM-dd',
      datetimePartitionColumns,
      schemaUri: 's3://b/schema.csv',
      schemaOverride: [Field('at', Timestamp), Field('n', Int64, { nullable: true })],
      dataDelay: '1h',
    })
    expect(batchConfig.datetimePartitionColumns).toEqual([
      { columnName: 'y', datepart: 'year', zeroPadded: true },
      { columnName: 'd', datepart: 'date', zeroPadded: false },
    ])
    const hive = HiveConfig({
      database: 'd',
      table: 't',
      timestampFormat: 'yyyy',
      datetimePartitionColumns,
    })
    for (const config of [batchConfig, hive]) {
      const source = StreamSource({ ...bare, batchConfig: config })
      expect(decodeSource(JSON.parse(sortedJson(encodeSource(source))))).toEqual(source)
    }
  })

  it.each([
    [{ timestampFormat: 1 }, 'timestampFormat is text'],
    [{ datetimePartitionColumns: [] }, 'datetimePartitionColumns is a list'],
    [{ datetimePartitionColumns: [{ columnName: 'y', datepart: 'week' }] }, 'datepart is one of'],
    [{ datetimePartitionColumns: [{ datepart: 'day' }] }, 'columnName is needed'],
    [{ datetimePartitionColumns: [{ column: 'y' }] }, 'no option "column"'],
    [{ schemaOverride: [] }, 'schemaOverride is a list'],
    [{ schemaOverride: [{ name: 'a' }] }, 'field "a"'],
    [{ schemaUri: 3 }, 'schemaUri is text'],
    [{ postProcessor: () => null }, 'postProcessor is not available yet'],
  ])('refuse %j', (change, sentence) => {
    expect(() => readFileConfig({ uri: 'x', fileFormat: 'csv', ...change })).toThrow(sentence)
  })

  it.each([
    [{ kind: 'file_config', uri: '', fileFormat: 'csv' }],
    [{ kind: 'file_config', uri: 'x', fileFormat: 'csv', schemaOverride: [{ name: 'a' }] }],
    [{ kind: 'file_config', uri: 'x', fileFormat: 'xml' }],
    [{ kind: 'file_config', uri: 'x', fileFormat: 'csv', dataDelay: 'soon' }],
    [{ kind: 'hive_config', database: 'd' }],
    [{ kind: 'kafka_config' }],
  ])('refuse %j', batchConfig => {
    const schema = [{ name: 'n', dtype: 'int64' }]
    const source = { name: 'bare', form: 'push_source', schema }
    expect(decodeSource(source).name).toBe('bare')
    expect(() => decodeSource({ ...source, batchConfig })).toThrow(ValidationError)
  })
})

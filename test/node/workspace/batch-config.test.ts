import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../client/clock.ts'
import { atRegion, batchPlace } from '../../../client/workspace/batch-uri.ts'
import { checkBatchConfig } from '../../../client/workspace/check-batch-config.ts'
import { FileConfig, HiveConfig, PushSource } from '../../../shared/index.ts'
import { Field, Float64, Int64, String, Timestamp } from '../../../shared/types.ts'
import { fileServer } from './support/file-server.ts'

const schema = [Field('user_id', String), Field('timestamp', Timestamp), Field('amt', Float64)]
const uri = 's3://anonymous@public.bucket/a b/data.pq'
const path = '/public.bucket/a b/data.pq'

const column = (name: string, type: 'STRING' | 'DOUBLE' | 'INT64' | 'TIMESTAMP') => ({
  name,
  type,
  data: [{ STRING: 'x', DOUBLE: 1.5, INT64: 1n, TIMESTAMP: new Date(0) }[type]],
})
const fileOf = (...columnData: ReturnType<typeof column>[]) =>
  new Uint8Array(parquetWriteBuffer({ columnData }))
const good = fileOf(
  column('amt', 'DOUBLE'),
  column('user_id', 'STRING'),
  column('timestamp', 'TIMESTAMP'),
  column('more', 'INT64'),
)

type Options = Partial<Parameters<typeof FileConfig>[0]>
const check = (s3Endpoint: string, options: Options = {}, fields: typeof schema = schema) => {
  const batchConfig = FileConfig({ uri, fileFormat: 'parquet', ...options })
  const source = PushSource({ name: 'transactions', schema: fields, batchConfig })
  return checkBatchConfig({ clock: systemClock, timeoutMs: 5_000, s3Endpoint }, source)
}

describe('a batch config', () => {
  test('that has the columns is read by one request for the end of its file', async () => {
    const { url, asked } = await fileServer({ [path]: good })
    expect(await check(url, { timestampField: 'timestamp' })).toEqual({
      what: 'batch config',
      outcome: 'ok',
      sentence: `${uri} has the 3 columns of the schema.`,
    })
    expect(asked).toEqual(['bytes=-65536'])
    expect(await check('', { uri: `${url}${encodeURI(path)}` })).toMatchObject({ outcome: 'ok' })
  })

  test('with a long footer is read by two', async () => {
    const many = Array.from({ length: 900 }, (_, at) => column(`${'c'.repeat(60)}${at}`, 'STRING'))
    const long = fileOf(
      ...many,
      column('timestamp', 'TIMESTAMP'),
      column('amt', 'DOUBLE'),
      column('user_id', 'STRING'),
    )
    const { url, asked } = await fileServer({ [path]: long })
    expect(await check(url)).toMatchObject({ outcome: 'ok' })
    expect(asked).toHaveLength(2)
  })

  test('that lacks columns, or has others, is told by name', async () => {
    const { url } = await fileServer({
      [path]: fileOf(column('user_id', 'INT64'), column('timestamp', 'STRING')),
    })
    expect(await check(url, { timestampField: 'at' })).toEqual({
      what: 'batch config',
      outcome: 'failed',
      sentence: `In ${uri} the column "user_id" is int64 and not string, and the column "timestamp" is string and not timestamp, and there is no column "amt", and there is no column "at", which timestampField names.`,
    })
    const said = { timestampField: 'timestamp', timestampFormat: 'yyyy-MM-dd' }
    const fields = [Field('timestamp', Timestamp), Field('user_id', String)]
    const schemaOverride = [Field('user_id', String)]
    const options = { ...said, schemaOverride }
    expect(
      await checkBatchConfig(
        { clock: systemClock, timeoutMs: 5_000, s3Endpoint: url },
        { batchConfig: FileConfig({ uri, fileFormat: 'parquet', ...options }), schema: fields },
      ),
    ).toMatchObject({ outcome: 'ok' })
  })

  test.each<[string, Uint8Array]>([
    ['of other bytes', new TextEncoder().encode('user_id,timestamp,amt\n'.repeat(10))],
    ['that is cut', good.subarray(0, -9)],
    ['that is empty', new Uint8Array(0)],
    [
      'whose footer is damaged',
      Uint8Array.from(good, (byte, at) =>
        at > good.length - 60 && at < good.length - 8 ? 0xff : byte,
      ),
    ],
    [
      'that claims a huge footer',
      Uint8Array.from(good, (byte, at) =>
        at >= good.length - 8 && at < good.length - 4 ? 0x7f : byte,
      ),
    ],
  ])('with a file %s fails', async (_, bytes) => {
    const { url } = await fileServer({ [path]: bytes })
    expect(await check(url)).toMatchObject({ outcome: 'failed' })
  })

  test('whose file is not there, or cannot be reached, fails', async () => {
    const { url } = await fileServer({})
    expect(await check(url)).toMatchObject({
      outcome: 'failed',
      sentence: expect.stringContaining('was answered 404. Is the address right'),
    })
    expect(await check('http://127.0.0.1:1')).toMatchObject({
      outcome: 'failed',
      sentence: expect.stringContaining('cannot be reached'),
    })
  })

  test('whose server gives more than it was asked for is not read on', async () => {
    const { url } = await fileServer({}, (_, response) => {
      response.writeHead(206)
      const more = (): void => void response.write(Buffer.alloc(16_384), error => error ?? more())
      more()
      return true
    })
    expect(await check(url)).toMatchObject({
      outcome: 'failed',
      sentence: expect.stringContaining('gave more than it was asked for'),
    })
  })

  test('whose server knows no ranges is not checked', async () => {
    const { url } = await fileServer({}, (_, response) => {
      response.writeHead(200).end(good)
      return true
    })
    expect(await check(url)).toMatchObject({ outcome: 'not_checked' })
  })

  test.each<[Options, string]>([
    [{ uri: 's3://bucket/key' }, 'needs credentials'],
    [{ uri: './data.pq' }, 'not from here'],
    [{ fileFormat: 'csv' }, 'not readable yet'],
  ])('%j is not checked', async (options, sentence) => {
    expect(await check('http://127.0.0.1:1', options)).toMatchObject({
      outcome: 'not_checked',
      sentence: expect.stringContaining(sentence),
    })
  })

  test('of a table is not checked, and none is no check', async () => {
    const ports = { clock: systemClock, timeoutMs: 5_000 }
    const batchConfig = HiveConfig({ database: 'd', table: 't' })
    expect(await checkBatchConfig(ports, { schema, batchConfig })).toMatchObject({
      outcome: 'not_checked',
    })
    const none = PushSource({ name: 's', schema: [Field('n', Int64)] })
    expect(await checkBatchConfig(ports, none)).toBeUndefined()
  })
})

test('public buckets are asked for in path style, and where they lie', () => {
  expect(batchPlace('s3://anonymous@tecton.ai.public/tutorials/data.pq')).toEqual({
    url: 'https://s3.amazonaws.com/tecton.ai.public/tutorials/data.pq',
  })
  const url = 'https://s3.amazonaws.com/b/k'
  expect(atRegion(url, 'us-west-2')).toBe('https://s3.us-west-2.amazonaws.com/b/k')
  expect(atRegion(url, 'evil.example/')).toBeUndefined()
  expect(atRegion('https://minio.example/b/k', 'us-west-2')).toBeUndefined()
  expect(atRegion(url, null)).toBeUndefined()
})

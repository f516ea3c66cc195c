import { describe, expect, it } from 'vitest'
import { decodeSource } from '../../../shared/definitions/decode-definitions.ts'
import { encodeSource } from '../../../shared/definitions/encode-definitions.ts'
import { readPushConfig } from '../../../shared/definitions/push-config.ts'
import { sortedJson } from '../../../shared/definitions/sorted-json.ts'
import { readPostProcessor } from '../../../shared/expressions/post-processor.ts'
import {
  cast,
  columns,
  concat,
  eq,
  lower,
  ne,
  orElse,
  postProcess,
  shift,
} from '../../../shared/expressions.ts'
import { PushConfig, StreamSource, ValidationError } from '../../../shared/index.ts'
import { sourceChange } from '../../../shared/plan/source-change.ts'
import { type AnyField, Field, Float64, Int64, String, Timestamp } from '../../../shared/types.ts'

const sent = [
  Field('user', String),
  Field('note', String, { nullable: true }),
  Field('amt', String),
  Field('at', Timestamp),
]
const c = columns(sent)
const schema = [
  Field('user_id', String),
  Field('amt', Float64),
  Field('at', Timestamp),
  Field('note', String),
  Field('n', Int64, { nullable: true }),
]
const postProcessor = postProcess({
  filter: ne(c.user, 'robot'),
  select: {
    user_id: lower(c.user),
    amt: cast(c.amt, Float64),
    at: shift(c.at, '-1h'),
    note: orElse(c.note, 'none'),
  },
})
const source = StreamSource({
  name: 'clicks',
  streamConfig: PushConfig({ logOffline: true, inputSchema: sent, postProcessor }),
  schema,
})
const record = { user: 'Ann', note: null, amt: '1.5', at: '2024-01-01T00:30:00.000000Z' }

describe('a translator', () => {
  const { translate } = postProcessor['~translator'](sent, schema)

  it('makes rows by the schema', () => {
    expect(translate(record)).toEqual({
      record: {
        user_id: 'ann',
        amt: 1.5,
        at: '2023-12-31T23:30:00.000000Z',
        note: 'none',
        n: null,
      },
    })
    expect(Object.keys(translate(record).record ?? {})).toEqual(schema.map(({ name }) => name))
  })

  it('leaves out what the filter does', () => {
    expect(translate({ ...record, user: 'robot' })).toEqual({})
  })

  it('refuses what has no row, by the field of the row', () => {
    expect(translate({ ...record, amt: 'much' })).toEqual({
      refusal: {
        field: 'amt',
        code: 'null_field',
        reason: '"amt": The post-processor gave no value, and the schema says float64, never null.',
      },
    })
    expect(translate({ ...record, at: '0001-01-01T00:30:00.000000Z' }).refusal?.field).toBe('at')
  })

  it('refuses rows that are larger than records may be', () => {
    const wide = [Field('a', String), Field('b', String)]
    const twice = postProcess({ select: { a: c.user, b: concat(c.user) } })
    const { admit, translate } = twice['~translator'](sent, wide)
    const large = { ...record, user: 'x'.repeat(40_000) }
    expect(admit(large).refusal?.code).toBe('record_too_large')
    expect(admit(record)).toEqual(translate(record))
    // What was admitted once is read for ever, also as a row that has more fields by then.
    expect(translate(large).record).toHaveProperty('b')
  })
})

describe('a source with a post-processor', () => {
  it('is the same after a way as JSON', () => {
    const text = sortedJson(encodeSource(source))
    const again = decodeSource(JSON.parse(text))
    expect(sortedJson(encodeSource(again))).toBe(text)
    expect(again.streamConfig.inputSchema).toEqual(sent.map(field => ({ ...field })))
    const translator = again.streamConfig.postProcessor?.['~translator'](sent, schema)
    expect(translator?.translate(record).record).toMatchObject({ user_id: 'ann', amt: 1.5 })
  })

  const misfit = (
    select: Parameters<typeof postProcess>[0]['select'],
    fields: readonly AnyField[],
  ) =>
    StreamSource({
      name: 'clicks',
      streamConfig: PushConfig({ inputSchema: sent, postProcessor: postProcess({ select }) }),
      schema: fields,
    })

  it.each<[string, () => unknown, string]>([
    [
      'another type',
      () => misfit({ a: c.user }, [Field('a', Int64)]),
      'StreamSource "clicks", PostProcessor, select.a: The schema says "int64" but the expression gives "string"; cast it',
    ],
    [
      'null',
      () => misfit({ a: c.note }, [Field('a', String)]),
      'select.a: The schema says that it is never null, but what it is made of may be; write orElse',
    ],
    [
      'a field of nobody',
      () => misfit({ b: c.user }, [Field('a', String)]),
      'select gives "b", which is no field of the source\'s schema; the fields are a',
    ],
    [
      'too few',
      () => misfit({ a: c.user }, [Field('a', String), Field('b', String)]),
      'select.b: The schema needs it and select does not give it',
    ],
    [
      'a column of another schema',
      () => misfit({ a: columns(schema).user_id }, [Field('a', String)]),
      'select.a: There is no column "user_id"; the columns are user, note, amt, at',
    ],
    [
      'an event time of the input',
      () =>
        StreamSource({
          name: 'x',
          streamConfig: PushConfig({
            timestampField: 'at',
            inputSchema: sent,
            postProcessor: postProcess({ select: { a: c.user } }),
          }),
          schema: [Field('a', String)],
        }),
      'timestampField names "at"',
    ],
  ])('refuses %s', (_, declare, sentence) => {
    expect(declare).toThrow(ValidationError)
    expect(declare).toThrow(sentence)
  })

  it.each<object>([
    { inputSchema: sent },
    { postProcessor },
    { postProcessorMode: 'expressions' },
    { inputSchema: sent, postProcessor: () => null },
    { inputSchema: sent, postProcessor, postProcessorMode: 'pandas' },
  ])('needs both and no other mode: %o', options => {
    expect(() => readPushConfig(options)).toThrow(
      "inputSchema is what is pushed and postProcessor, by postProcess() of 'tidegate/expressions'",
    )
  })

  it.each<[unknown, string]>([
    [
      { format: 2, select: { a: c.user } },
      'Its format is 1 but received 2; a newer version made it',
    ],
    [{ format: 1, select: {} }, 'select is an object of 1 to 256 expressions'],
    [{ format: 1, select: { 'a b': c.user } }, 'A name is 1 to 63 letters'],
    [{ format: 1, select: { a: { op: 'eval' } } }, 'select.a: There is no operator "eval"'],
    [{ format: 1, select: { a: c.user }, mode: 1 }, 'There is no option "mode"'],
  ])('is not made of %j', (value, sentence) => {
    expect(() => readPostProcessor(value)).toThrow(sentence)
  })

  it('begins anew where its records would become other rows', () => {
    const declared = (filter: string, input: readonly AnyField[] = sent) =>
      decodeSource({
        ...JSON.parse(
          JSON.stringify(
            encodeSource(
              StreamSource({
                name: 'clicks',
                streamConfig: PushConfig({
                  inputSchema: input,
                  postProcessor: postProcess({
                    filter: eq(c.user, filter),
                    select: { user_id: c.user },
                  }),
                }),
                schema: [Field('user_id', String)] as readonly AnyField[],
              }),
            ),
          ),
        ),
      })
    const more = [...sent, Field('more', Int64, { nullable: true })]
    expect(sourceChange(declared('a'), declared('a', more)).action).toBe('update')
    expect(sourceChange(declared('a'), declared('b'))).toMatchObject({
      action: 'recreate',
      reasons: [expect.stringContaining('The post-processor changes'), expect.anything()],
    })
    const fewer = declared('a', sent.slice(0, 1))
    expect(sourceChange(declared('a'), fewer).action).toBe('recreate')
    const plain = StreamSource({
      name: 'clicks',
      streamConfig: PushConfig(),
      schema: [Field('user_id', String)],
    })
    expect(sourceChange(plain, declared('a')).action).toBe('recreate')
  })
})

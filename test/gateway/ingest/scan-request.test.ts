import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CompiledDefinitions,
  compileDefinitions,
} from '../../../gateway/ingest/compiled-source.ts'
import { judgeRecords } from '../../../gateway/ingest/judge-records.ts'
import { parseIngestRequest } from '../../../gateway/ingest/parse-ingest-request.ts'
import { isClientBody, scanRequest } from '../../../gateway/ingest/scan-request.ts'
import { encodeFields } from '../../../shared/fields/encode-fields.ts'
import { canonicalText, recordSchema } from '../../../shared/record-schema.ts'
import {
  type AnyField,
  Bool,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  String,
  Timestamp,
} from '../../../shared/types.ts'
import { arbitraryFieldList, recordsOf } from '../../shared/arbitrary-fields.ts'
import { spellings, textOf, usual } from '../support/record-spellings.ts'

const nowMs = Date.UTC(2026, 0, 1)
const producer = '0123456789abcdef'.repeat(2)

function definitionsOf(
  fields: readonly AnyField[],
  eventTimeField?: string,
  joinKeys: readonly (readonly string[])[] = [],
): CompiledDefinitions {
  return compileDefinitions({
    format: 1,
    workspaceId: 'w',
    workspace: 'test',
    live: true,
    version: 1,
    hash: '',
    services: [],
    entitySets: [],
    sources: ['s', 'other'].map(name => ({
      id: name,
      workspaceId: 'w',
      name,
      version: 1,
      fields: encodeFields(fields),
      ...(eventTimeField === undefined ? {} : { eventTimeField }),
      logOffline: true,
      partitions: 1,
      views: joinKeys.map((keys, at) => ({
        id: `v${at}`,
        name: `v${at}`,
        entitySetId: keys.join(),
        joinKeys: keys,
        shards: 1,
        timestampField: eventTimeField ?? '',
        features: [],
      })),
      tags: {},
      createdUs: 0,
      modifiedUs: 0,
    })),
  })
}

/** A body as our own client writes it. */
function bodyOf(records: { readonly [source: string]: readonly string[] }, first = 0): string {
  const sources = Object.entries(records).map(([name, texts]) => {
    const elements = texts.map((text, at) => `{"record":${text},"sequence":${first + at}}`)
    return `"${name}":[${elements}]`
  })
  const floors = Object.keys(records).map(name => `"${name}":${first}`)
  return `{"protocol":1,"workspace_name":"test","producer":"${producer}","floors":{${floors}},"records":{${sources}}}`
}

/** What parsing and judging say, if every record is admitted. */
function judgedSlowly(text: string, definitions: CompiledDefinitions) {
  const parse = parseIngestRequest(text)
  if (parse.outcome === 'refused') return undefined
  const { sources, ...request } = parse.request
  const judged = sources.map(source => judgeRecords(source, definitions.source(source.name), nowMs))
  return {
    ...request,
    sources: sources.map(({ name, floor, count, elements }, at) => ({
      name,
      floor,
      count,
      elements,
      judged: judged[at],
    })),
  }
}

function scanned(text: string, definitions: CompiledDefinitions) {
  const request = scanRequest(text, definitions, nowMs)
  return (
    request && {
      ...request,
      sources: request.sources.map(({ name, floor, count, elements, judged }) => ({
        name,
        floor,
        count,
        elements,
        judged,
      })),
    }
  )
}

const fields = [
  Field('user_id', String),
  Field('event_ts', Timestamp),
  Field('amount', Float64),
  Field('single', Float32, { nullable: true }),
  Field('items', Int64),
  Field('small', Int32),
  Field('is_new', Bool, { nullable: true }),
  Field('seen', Timestamp, { nullable: true }),
]
const { items: _, ...withoutItems } = usual
const definitions = definitionsOf(fields, 'event_ts', [['user_id'], ['items', 'is_new']])
type Fields = typeof arbitraryFieldList extends fc.Arbitrary<infer List> ? List : never
const scalarsOf = (list: Fields) =>
  list.filter(({ field }) => !['array', 'map', 'struct'].includes(field.dtype.kind))
const hasAny = (list: Fields) => list.length > 0

describe('scanning a request', () => {
  it('reads what our own client writes', () => {
    const body = bodyOf({ s: [textOf(usual), textOf(usual)], other: [textOf(usual)] }, 3)
    expect(isClientBody(body)).toBe(true)
    expect(scanned(body, definitions)).toStrictEqual(judgedSlowly(body, definitions))
    expect(scanned(body, definitions)?.sources[0]?.judged?.text).toContain('59.123000Z')
  })

  it('finds the bounds of event times, to the microsecond', () => {
    const day = '2025-01-02T00:00:00'
    const times = ['.000', '.000001', '.001', '.000999', '.000', '.001001', '.001000']
    const texts = times.map(time => textOf({ ...usual, event_ts: `"${day}${time}Z"` }))
    fc.assert(
      fc.property(fc.shuffledSubarray(texts, { minLength: 1 }), some => {
        const body = bodyOf({ s: some })
        const fast = scanned(body, definitions)
        expect(fast).toStrictEqual(judgedSlowly(body, definitions))
      }),
    )
  })

  it.each(spellings)('says of %s what the schema says, or nothing', (field, values) => {
    for (const value of values) {
      const body = bodyOf({ s: [textOf({ ...usual, [field]: value })] })
      const fast = scanned(body, definitions)
      if (fast !== undefined) expect(fast, value).toStrictEqual(judgedSlowly(body, definitions))
    }
  })

  it.each([
    ['an unknown source', bodyOf({ nobody: [textOf(usual)] })],
    ['no element', bodyOf({ s: [] })],
    ['no source', bodyOf({})],
    ['a source twice', bodyOf({ s: [textOf(usual)] }).replace(/("s":\[.*\])/, '$1,$1')],
    ['a field twice', bodyOf({ s: [textOf(usual).replace('"items":7', '"items":7,"items":8')] })],
    ['a field too many', bodyOf({ s: [textOf({ ...usual, more: '1' })] })],
    ['another order', bodyOf({ s: [textOf({ items: '7', ...withoutItems })] })],
    ['a floor above', bodyOf({ s: [textOf(usual)] }, 1).replace('"s":1', '"s":2')],
    ['something after', `${bodyOf({ s: [textOf(usual)] })} `],
    ['an end too few', bodyOf({ s: [textOf(usual)] }).slice(0, -1)],
    ['a flag', bodyOf({ s: [textOf(usual)] }).replace(',"records"', ',"dry_run":true,"records"')],
    ['a large record', bodyOf({ s: [textOf({ ...usual, user_id: `"${'é'.repeat(40_000)}"` })] })],
    ['many records', bodyOf({ s: Array.from({ length: 1_001 }, () => textOf(usual)) })],
  ])('leaves %s to parsing', (_, body) => {
    expect(scanRequest(body, definitions, nowMs)).toBeUndefined()
  })

  it('agrees with the schema on any source and record, canonical or spoilt', () => {
    const cases = arbitraryFieldList
      .map(scalarsOf)
      .filter(hasAny)
      .chain(list => {
        const schema = list.map(({ field }) => field)
        const times = schema.filter(({ dtype }) => dtype.kind === 'timestamp')
        return fc.record({
          schema: fc.constant(schema),
          time: fc.constantFrom(undefined, ...times.map(({ name }) => name)),
          keys: fc.array(
            fc.subarray(
              schema.map(({ name }) => name),
              { minLength: 1 },
            ),
            { maxLength: 2 },
          ),
          records: fc.array(recordsOf(list), { minLength: 1, maxLength: 4 }),
          first: fc.integer({ min: 0, max: 2 ** 40 }),
          spoil: fc.option(
            fc.record({
              at: fc.nat(),
              text: fc.constantFrom('', '0', '"', ',', '\\', '-', '}', 'é', '\ud800', '.0'),
            }),
          ),
        })
      })
    let read = 0
    fc.assert(
      fc.property(cases, ({ schema, time, keys, records, first, spoil }) => {
        const compiled = definitionsOf(schema, time, keys)
        const texts = records.flatMap(record => {
          const checked = recordSchema(schema)['~run']({ value: record }, {})
          return checked.typed ? [canonicalText(checked.value)] : []
        })
        const whole = bodyOf({ s: texts }, first)
        const at = spoil === null ? 0 : spoil.at % whole.length
        const body = spoil === null ? whole : whole.slice(0, at) + spoil.text + whole.slice(at + 1)
        const fast = scanned(body, compiled)
        if (fast === undefined) return
        read++
        const slow = judgedSlowly(body, compiled)
        // The matcher asks a record's field named `constructor` for its class.
        if (!isDeepStrictEqual(fast, slow)) expect(fast).toStrictEqual(slow)
      }),
      { numRuns: 4_000 },
    )
    expect(read).toBeGreaterThan(100)
  })
})

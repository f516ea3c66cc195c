import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SchemaChange, schemaChange } from '../../../shared/definitions/schema-change.ts'
import {
  type AnyField,
  type AnyType,
  Array,
  Bool,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  Map,
  String,
  Struct,
  Timestamp,
} from '../../../shared/types.ts'
import { arbitraryFieldList } from '../arbitrary-fields.ts'
import { laterFields } from '../later-fields.ts'

const nullable = { nullable: true } as const

function differencesOf(change: SchemaChange) {
  if (!change.compatible) throw new Error(change.reasons.join(' '))
  return change.differences
}
function reasonsOf(change: SchemaChange): readonly string[] {
  return change.compatible ? [] : change.reasons
}

describe('schemaChange', () => {
  it('allows what keeps every stored record readable, and lists it', () => {
    const before = [
      Field('id', String),
      Field('n', Int32),
      Field('ratio', Float32, { description: 'Of all' }),
      Field('at', Struct([Field('lat', Float32)])),
      Field('steps', Array(Int32)),
      Field('by_day', Map(String, Struct([Field('count', Int32)]))),
      Field('old', Bool),
    ]
    const after = [
      Field('note', String, nullable),
      Field('n', Int64),
      Field('id', String, nullable),
      Field('ratio', Float64),
      Field('at', Struct([Field('alt', Float32, nullable), Field('lat', Float64)])),
      Field('steps', Array(Float64)),
      Field('by_day', Map(String, Struct([Field('count', Int64)]))),
      Field('old', Bool, { nullable: true, deprecated: true }),
    ]
    expect(differencesOf(schemaChange(before, after))).toEqual([
      { kind: 'added', field: 'note', type: 'String' },
      { kind: 'widened', field: 'n', from: 'Int32', to: 'Int64' },
      { kind: 'made_nullable', field: 'id' },
      { kind: 'described', field: 'ratio' },
      { kind: 'widened', field: 'ratio', from: 'Float32', to: 'Float64' },
      { kind: 'added', field: 'at.alt', type: 'Float32' },
      { kind: 'widened', field: 'at.lat', from: 'Float32', to: 'Float64' },
      { kind: 'widened', field: 'steps[]', from: 'Int32', to: 'Float64' },
      { kind: 'widened', field: 'by_day{}.count', from: 'Int32', to: 'Int64' },
      { kind: 'made_nullable', field: 'old' },
      { kind: 'deprecated', field: 'old' },
      { kind: 'reordered', field: 'n' },
    ])
    expect(differencesOf(schemaChange(after, [...after].reverse()))).toEqual([
      { kind: 'reordered', field: 'old' },
    ])
  })

  it.each<[string, AnyField[], AnyField[], string]>([
    [
      'a removed field',
      [Field('a', Int64), Field('b', Array(String))],
      [Field('a', Int64)],
      'The field "b" (Array(String)) would be removed, and stored records have it; keep it, and mark it as { nullable: true, deprecated: true }.',
    ],
    [
      'a required new field',
      [Field('a', Int64)],
      [Field('a', Int64), Field('b', Timestamp)],
      'The field "b" (Timestamp) would be added and is never null, and stored records lack it; add it with { nullable: true }.',
    ],
    [
      'a nullable field made required',
      [Field('a', Int64, nullable)],
      [Field('a', Int64)],
      'The field "a" is nullable and would never be null, and stored records may lack it; keep { nullable: true }.',
    ],
    [
      'a removed member of a struct in an array',
      [Field('a', Array(Struct([Field('x', Bool), Field('y', Bool)])))],
      [Field('a', Array(Struct([Field('y', Bool)])))],
      'The field "a[].x" (Bool) would be removed',
    ],
  ])('refuses %s with what to do about it', (_, before, after, sentence) => {
    const [reason, ...others] = reasonsOf(schemaChange(before, after))
    expect(reason).toContain(sentence)
    expect(others).toEqual([])
  })

  it('names every field that stands in the way', () => {
    const before = [Field('a', Int64), Field('b', Int64), Field('c', Int64)]
    const after = [Field('a', Int32), Field('c', String)]
    expect(reasonsOf(schemaChange(before, after))).toHaveLength(3)
  })

  const scalars: readonly AnyType[] = [String, Bool, Int32, Int64, Float32, Float64, Timestamp]
  const widenings = ['int32 int64', 'int32 float64', 'float32 float64']
  it.each(scalars.flatMap(from => scalars.map(to => [from, to] as const)))(
    'widens types only where every value fits: %j to %j',
    (from, to) => {
      const isFine = from === to || widenings.includes(`${from.kind} ${to.kind}`)
      const change = schemaChange([Field('a', Array(from))], [Field('a', Array(to))])
      expect(change.compatible).toBe(isFine)
      const [reason] = reasonsOf(change)
      if (!isFine) expect(reason).toMatch(/^The field "a\[\]" is \w+ and would be \w+, /)
    },
  )

  it('refuses another kind of type', () => {
    const change = schemaChange([Field('a', Array(Int32))], [Field('a', Map(String, Int32))])
    expect(reasonsOf(change)).toEqual([
      'The field "a" is Array(Int32) and would be Map(String, Int32), which does not hold every stored value; keep Array(Int32), or add a field of another name.',
    ])
  })

  it('is reflexive', () => {
    fc.assert(
      fc.property(arbitraryFieldList, list => {
        const fields = list.map(({ field }) => field)
        expect(schemaChange(fields, fields)).toEqual({ compatible: true, differences: [] })
      }),
    )
  })

  it('is transitive, and refuses the way back of what it lists', () => {
    const steps = arbitraryFieldList
      .map(list => list.map(({ field }) => field))
      .chain(first =>
        laterFields(first).chain(second =>
          laterFields(second).map(third => ({ first, second, third })),
        ),
      )
    fc.assert(
      fc.property(steps, ({ first, second, third }) => {
        expect(reasonsOf(schemaChange(first, second))).toEqual([])
        expect(reasonsOf(schemaChange(second, third))).toEqual([])
        const { length } = differencesOf(schemaChange(first, third))
        expect(length).toBeLessThanOrEqual(
          differencesOf(schemaChange(first, second)).length +
            differencesOf(schemaChange(second, third)).length,
        )
        const harmless = ['deprecated', 'no_longer_deprecated', 'reordered', 'described']
        const isHarmless = differencesOf(schemaChange(first, third)).every(({ kind }) =>
          harmless.includes(kind),
        )
        expect(schemaChange(third, first).compatible).toBe(isHarmless)
      }),
    )
  })
})

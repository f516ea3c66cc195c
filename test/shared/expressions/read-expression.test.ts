import { describe, expect, it } from 'vitest'
import { add, cast, columns, lit, readExpression } from '../../../shared/expressions.ts'
import { ValidationError } from '../../../shared/index.ts'
import { Bool, Field, Float64, Int32, Int64, String, Timestamp } from '../../../shared/types.ts'

const c = columns([
  Field('name', String),
  Field('small', Int32),
  Field('ok', Bool),
  Field('at', Timestamp),
])

describe('reading', () => {
  const nested = (depth: number): unknown =>
    depth === 1 ? c.ok : { op: 'not', args: [nested(depth - 1)] }

  it('takes 32 levels and 2,000 nodes and refuses more before it goes on', () => {
    expect(readExpression(nested(32))).toEqual(nested(32))
    expect(() => readExpression(nested(33))).toThrow('nests at most 32 deep')
    let deep: object = c.ok
    for (let depth = 0; depth < 200_000; depth++) deep = { op: 'not', args: [deep] }
    expect(() => readExpression(deep)).toThrow('nests at most 32 deep')
    // A tree that shares its parts is small in memory and would be huge written out.
    let wide: object = c.ok
    for (let depth = 1; depth < 32; depth++) wide = { op: 'and', args: [wide, wide] }
    expect(() => readExpression(wide)).toThrow('More than 2000 nodes')
  })

  it.each<[unknown, string]>([
    [7, "Expected an expression of 'tidegate/expressions' but received 7"],
    [{ op: 'eval', args: [] }, 'There is no operator "eval" in this version'],
    [{ op: 'constructor', args: [] }, 'There is no operator "constructor"'],
    [{ op: '__proto__' }, 'There is no operator "__proto__"'],
    [{ op: 'not', args: [c.ok, c.ok] }, 'It takes 1 arguments but received 2'],
    [{ op: 'not', args: { length: 1 } }, 'It takes 1 arguments but received an object'],
    [{ op: 'not', args: new globalThis.Array(1) }, 'but received nothing'],
    [{ op: 'not', args: [c.ok], more: 1 }, 'There is no option "more"'],
    [{ op: 'truncate', unit: "hour'", args: [c.at] }, 'unit is one of second,'],
    [{ op: 'shift', by: '1 week', args: [c.at] }, "by is a duration such as '15m' or '-1h'"],
    [{ op: 'substring', start: -1, length: 1, args: [c.name] }, 'start is a whole number'],
    [{ op: 'replace', from: '', to: 'a', args: [c.name] }, 'from is a text of 1 to 255 bytes'],
    [{ op: 'column', name: 'a"b' }, 'name is the name of a field'],
    [{ op: 'literal', dtype: 'map', value: 1 }, 'dtype is one of string,'],
  ])('refuses %j', (tree, sentence) => {
    expect(() => readExpression(tree)).toThrow(ValidationError)
    expect(() => readExpression(tree)).toThrow(sentence)
  })

  it('gives frozen plain data', () => {
    const made = add(c.small, cast(c.name, Int64))
    expect(Object.isFrozen(made) && Object.isFrozen(made.args)).toBe(true)
    expect(readExpression(JSON.parse(JSON.stringify(made)))).toEqual(made)
    expect(() => lit(Number.NaN, Float64)).toThrow('lit: Expected float64 but received NaN.')
    expect(() => lit('1.5', Int64)).toThrow(ValidationError)
  })
})

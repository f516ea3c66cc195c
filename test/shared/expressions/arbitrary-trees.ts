import fc from 'fast-check'
import type { ExpressionNode } from '../../../shared/expressions/expression.ts'
import { type Kind, kinds, types, values } from './arbitrary-tree-records.ts'

type Tree = fc.Arbitrary<ExpressionNode>

const made = new Map<string, Tree>()

/** Trees whose types fit {@link treeFields}, of any type and every operator. */
export const arbitraryTrees: Tree = fc.oneof(...kinds.map(kind => treesOf(kind, 4)))

function of(op: string, args: readonly Tree[], parameters: object = {}): Tree {
  return fc
    .tuple(...args)
    .map(trees => ({ op, ...parameters, ...(trees.length === 0 ? {} : { args: trees }) }))
}

function treesOf(kind: Kind, depth: number): Tree {
  const key = `${kind} ${depth}`
  const known = made.get(key) ?? makeTrees(kind, depth)
  made.set(key, known)
  return known
}

function leaves(kind: Kind): Tree {
  return fc.oneof(
    { arbitrary: of('column', [], { name: `${kind}_needed` }), weight: 3 },
    { arbitrary: of('column', [], { name: `${kind}_other` }), weight: 3 },
    { arbitrary: of('column', [], { name: `${kind}_maybe` }), weight: 3 },
    of('member', [of('column', [], { name: 'inside' })], { name: kind }),
    {
      arbitrary: fc.option(values[kind], { freq: 8 }).map(value => {
        const canonical = value === null ? null : types[kind]['~check'](value)
        return { op: 'literal', dtype: kind, value: canonical as never }
      }),
      weight: 2,
    },
  )
}

function makeTrees(kind: Kind, depth: number): Tree {
  if (depth === 0) return leaves(kind)
  const a = (of: Kind) => treesOf(of, depth - 1)
  const any = fc.oneof
  const integer = any(a('int32'), a('int64'))
  const float = any(a('float32'), a('float64'))
  const small = any(a('int32'), a('float32'), a('float64'))
  const common = [
    { arbitrary: leaves(kind), weight: 2 },
    of('coalesce', [a(kind), a(kind)]),
    of('when', [a('bool'), a(kind), a(kind)]),
  ]
  const cast = (...from: readonly Kind[]) =>
    any(...from.map(one => of('cast', [a(one)], { to: kind })))
  const oneOfParameters = (op: string, arg: Tree, parameters: readonly object[]) =>
    any(...parameters.map(one => of(op, [arg], one)))
  const arithmetic = (left: Tree, right: Tree, ...ops: readonly string[]) =>
    any(...ops.map(op => of(op, [left, right])))
  switch (kind) {
    case 'string':
      return any(
        ...common,
        cast('string', 'bool', 'int32', 'int64', 'timestamp'),
        any(...['lower', 'upper', 'trim'].map(op => of(op, [a('string')]))),
        of('concat', [a('string'), a('string'), a('string')]),
        oneOfParameters('substring', a('string'), [
          { start: 0, length: 3 },
          { start: 1, length: 1 },
          { start: 2, length: 65_536 },
          { start: 65_536, length: 0 },
        ]),
        oneOfParameters('replace', a('string'), [
          { from: 'a', to: '' },
          { from: '0', to: 'é😀' },
          { from: "'", to: '\0"\\1' },
          { from: '00', to: '0' },
        ]),
      )
    case 'bool': {
      const compared = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'].flatMap(op => [
        of(op, [a('string'), a('string')]),
        of(op, [a('timestamp'), a('timestamp')]),
        of(op, [integer, integer]),
        of(op, [small, float]),
      ])
      return any(
        ...common,
        any(...compared),
        any(of('eq', [a('bool'), a('bool')]), of('ne', [a('bool'), a('bool')])),
        any(of('and', [a('bool'), a('bool')]), of('or', [a('bool'), a('bool')])),
        of('not', [a('bool')]),
        any(...kinds.map(one => of('isNull', [a(one)]))),
        any(
          ...['startsWith', 'endsWith', 'contains'].map(op => of(op, [a('string'), a('string')])),
        ),
        cast('string', 'bool'),
      )
    }
    case 'int32':
      return any(...common, cast('int32', 'int64', 'float32', 'float64', 'string', 'bool'))
    case 'int64':
      return any(
        ...common,
        cast('int32', 'int64', 'float32', 'float64', 'string', 'bool'),
        arithmetic(integer, integer, 'add', 'subtract', 'multiply', 'quotient', 'modulo'),
        any(of('negate', [integer]), of('abs', [integer])),
        of('length', [a('string')]),
        oneOfParameters(
          'extract',
          a('timestamp'),
          ['year', 'month', 'day', 'hour', 'minute', 'second', 'dayOfWeek'].map(part => ({ part })),
        ),
        oneOfParameters('epoch', a('timestamp'), [
          { unit: 'microseconds' },
          { unit: 'milliseconds' },
          { unit: 'seconds' },
        ]),
      )
    case 'float32':
      return any(...common, cast('int32', 'int64', 'float32', 'float64', 'string'))
    case 'float64':
      return any(
        ...common,
        cast('int32', 'int64', 'float32', 'float64', 'string'),
        arithmetic(float, small, 'add', 'subtract', 'multiply', 'divide'),
        arithmetic(small, float, 'subtract', 'divide'),
        any(...['negate', 'abs', 'round', 'floor', 'ceil'].map(op => of(op, [float]))),
      )
    case 'timestamp':
      return any(
        ...common,
        cast('string', 'timestamp'),
        oneOfParameters(
          'truncate',
          a('timestamp'),
          ['second', 'minute', 'hour', 'day', 'week', 'month', 'year'].map(unit => ({ unit })),
        ),
        oneOfParameters(
          'shift',
          a('timestamp'),
          ['90s', '-15m', '1h', '-36500d', '36500d'].map(by => ({ by })),
        ),
        oneOfParameters('fromEpoch', integer, [
          { unit: 'microseconds' },
          { unit: 'milliseconds' },
          { unit: 'seconds' },
        ]),
      )
  }
}

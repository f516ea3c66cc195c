import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columns, multiply, transform } from '../../../shared/expressions.ts'
import {
  Attribute,
  Entity,
  PushConfig,
  PushSource,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import { diffDefinitions } from '../../../shared/plan/diff-definitions.ts'
import { Field, Float64, Int32, Int64, String, Timestamp } from '../../../shared/types.ts'
import { canonicalJson, decodeDefinitions } from '../../../shared/workspace-definitions.ts'
import { arbitraryDefinitions } from '../arbitrary-definitions.ts'
import { fields, lines, of, refusalsOf, service, source, view } from './clicks.ts'

describe('a difference of definitions', () => {
  it('creates everything of a workspace that has nothing', () => {
    expect(lines(undefined, [service()])).toEqual([
      'create stream_source clicks: compatible',
      'create entity user: compatible',
      'create stream_feature_view latest: compatible',
      'create feature_service clicks:v1: compatible',
    ])
  })

  it('is none between equal definitions, also when one was written as JSON and read again', () => {
    fc.assert(
      fc.property(arbitraryDefinitions, definitions => {
        const again = decodeDefinitions(JSON.parse(canonicalJson(definitions)))
        expect(diffDefinitions(definitions, again)).toMatchObject({ changes: [], refusals: [] })
      }),
    )
  })

  it('names each object once, and turns one state into the other by what it names', () => {
    fc.assert(
      fc.property(arbitraryDefinitions, arbitraryDefinitions, (before, after) => {
        const { changes } = diffDefinitions(before, after)
        const keys = changes.map(({ kind, name }) => `${kind} ${name}`)
        expect(new Set(keys).size).toBe(keys.length)
        const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)
        const left = new Set(names(before.sources))
        for (const { action, kind, name } of changes) {
          if (kind !== 'stream_source') continue
          expect(left.has(name)).toBe(action !== 'create')
          if (action === 'delete') left.delete(name)
          else left.add(name)
        }
        expect([...left].sort()).toEqual(names(after.sources).sort())
      }),
    )
  })

  it('tells a view on a source that was there from one that comes with it', () => {
    expect(lines([source()], [service()])).toEqual([
      'create entity user: compatible',
      'create stream_feature_view latest: needs_backfill',
      'create feature_service clicks:v1: compatible',
    ])
  })

  it.each([
    ['a description', source(fields, {}, { description: 'Clicks.' })],
    ['more partitions', source(fields, { partitions: 4 })],
    ['a nullable field', source([...fields, Field('note', String, { nullable: true })])],
    [
      'a longer retention',
      source(fields, { retention: '60d' }),
      source(fields, { retention: '30d' }),
    ],
    ['no retention any more', source(), source(fields, { retention: '30d' })],
    ['another order of columns', source([...fields].reverse())],
  ])('updates a source in place for %s', (_, after, before = source()) => {
    expect(lines([before], [after])).toEqual(['update stream_source clicks: compatible'])
    expect(refusalsOf([before], [after])).toEqual([])
  })

  it('folds what a transformation derives anew where integers become floats, not where they grow', () => {
    // Expressions name columns: the source says what they are.
    const { n: value } = columns([Field('n', Int64)])
    const transformation = transform({ columns: { square: multiply(value, value) } })
    const shown = (n: typeof Int32 | typeof Int64 | typeof Float64) => {
      const own = source([Field('user', String), Field('at', Timestamp), Field('n', n)])
      const square = Attribute('square', n === Float64 ? Float64 : Int64)
      return [service(view(own, [square], { transformation }))]
    }
    const changed = (wider: typeof Int64 | typeof Float64) =>
      lines(shown(Int32), shown(wider)).filter(line => line.includes('latest'))
    expect(changed(Int64)).toEqual([])
    expect(changed(Float64)).toEqual(['recreate stream_feature_view latest: needs_backfill'])
  })

  it('updates a source and its view in place for a wider type', () => {
    const wider = source([Field('user', String), Field('at', Timestamp), Field('n', Int64)])
    expect(lines([service()], [service(view(wider, [Attribute('n', Int64)]))])).toEqual([
      'update stream_source clicks: compatible',
      'update stream_feature_view latest: compatible',
    ])
    const { changes } = diffDefinitions(of([source()]), of([wider]))
    expect(changes[0]?.differences).toEqual([
      { path: 'schema.n.dtype', before: 'int32', after: 'int64' },
    ])
  })

  it('takes a push source for the stream source that means the same', () => {
    const schema = [Field('n', Int64)]
    const older = PushSource({ name: 's', schema })
    const newer = StreamSource({ name: 's', schema, streamConfig: PushConfig() })
    expect(lines([older], [newer])).toEqual(['update stream_source s: compatible'])
    expect(lines([newer], [older])).toEqual(['update stream_source s: compatible'])
  })

  it('says that a shorter retention destroys', () => {
    const shorter = source(fields, { retention: '7d' })
    expect(lines([source()], [shorter])).toEqual(['update stream_source clicks: destructive'])
    const before = source(fields, { retention: '30d' })
    expect(lines([before], [shorter])).toEqual(['update stream_source clicks: destructive'])
  })

  it.each([
    ['a field less', source(fields.slice(0, 2))],
    ['a required field more', source([...fields, Field('note', String)])],
    [
      'a narrower type',
      source([...fields.slice(0, 2), Field('n', Float64)]),
      source([...fields.slice(0, 2), Field('n', Int64)]),
    ],
    ['no offline log any more', source(fields, { logOffline: false })],
    [
      'another event time',
      source([...fields, Field('t', Timestamp, { nullable: true })], { timestampField: 'at' }),
      source([...fields, Field('t', Timestamp)], { timestampField: 't' }),
    ],
  ])('recreates a source for %s', (_, after, before = source()) => {
    const [change] = diffDefinitions(of([before]), of([after])).changes
    expect(change).toMatchObject({ action: 'recreate', consequence: 'destructive' })
    expect(change?.reasons.length).toBeGreaterThan(1)
  })

  it('recreates the views of a recreated source', () => {
    const after = source([...fields, Field('note', String)])
    expect(lines([service()], [service(view(after))])).toEqual([
      'recreate stream_source clicks: destructive',
      'recreate stream_feature_view latest: destructive',
    ])
  })

  it('recreates a view that moves to another source: folded from a log that is there, empty from a new one', () => {
    const { schema, streamConfig } = source()
    const orders = StreamSource({ name: 'orders', schema, streamConfig })
    const before = [source(), orders, view()]
    expect(lines(before, [source(), orders, view(orders)])).toEqual([
      'recreate stream_feature_view latest: needs_backfill',
    ])
    expect(lines([source(), view()], [source(), view(orders)])).toEqual([
      'create stream_source orders: compatible',
      'recreate stream_feature_view latest: destructive',
    ])
  })

  it('refuses fewer partitions', () => {
    const [before, after] = [source(fields, { partitions: 4 }), source(fields, { partitions: 2 })]
    expect(refusalsOf([before], [after])).toEqual([
      'Source "clicks" would go from 4 to 2 partitions, and counts only double.',
    ])
  })

  it('recreates a view of other features or join keys, which is folded anew', () => {
    const from = source([...fields, Field('note', String, { nullable: true })])
    const more = view(from, [Attribute('n', Int32), Attribute('note', String)])
    expect(lines([service(view(from))], [service(more)])).toEqual([
      'recreate stream_feature_view latest: needs_backfill',
    ])
    const both = Entity({ name: 'user', joinKeys: [Field('user', String), Field('n', Int32)] })
    const other = StreamFeatureView({
      name: 'latest',
      source: source(),
      entities: [both],
      features: [Attribute('n', Int32)],
    })
    expect(lines([view()], [other])).toEqual([
      'recreate entity user: compatible',
      'recreate stream_feature_view latest: needs_backfill',
    ])
  })

  it('updates a view in place for its ttl, and tells what serving and not serving it means', () => {
    expect(lines([view()], [view(source(), undefined, { ttl: '1h' })])).toEqual([
      'update stream_feature_view latest: compatible',
    ])
    const offline = view(source(), undefined, { online: false })
    expect(lines([view()], [offline])).toEqual(['update stream_feature_view latest: destructive'])
    expect(lines([offline], [view()])).toEqual([
      'update stream_feature_view latest: needs_backfill',
    ])
  })

  it('deletes what is not declared any more', () => {
    expect(lines([service()], [source()])).toEqual([
      'delete entity user: compatible',
      'delete stream_feature_view latest: destructive',
      'delete feature_service clicks:v1: destructive',
    ])
  })

  it('suppresses a recreation only where what is folded still means something', () => {
    const from = source([...fields, Field('t', Timestamp)])
    const diff = (after: unknown, before: unknown = view(from)) =>
      diffDefinitions(of([before]), of([after]), { suppressRecreates: true })
    const ordered = diff(view(from, undefined, { timestampField: 't' }))
    expect(ordered).toMatchObject({ changes: [{ action: 'update' }], refusals: [] })
    const { refusals } = diff(view(from, [Attribute('user', String)]))
    expect(refusals).toEqual([expect.stringContaining('latest" cannot be updated in place')])
  })
})

import fc from 'fast-check'
import { anyColumns, anyName, byName, type Column, type ScalarKind } from './shapes.ts'
import type { Meaning } from './spelled-values.ts'

interface JoinKey {
  readonly name: string
  readonly kind: KeyKind
}

/** The join keys of one entity with what they mean: by name. */
export type KeyRow = ReadonlyMap<string, Meaning>

export interface RandomSource {
  readonly name: string
  /** All of them: keys, times and others, in any order. */
  readonly columns: readonly Column[]
  /** The columns of the entities, each with its kind. */
  readonly keys: readonly JoinKey[]
  /** The entities that its records are about. */
  readonly keyRows: readonly KeyRow[]
  /** The column of the source's event time, and whether the definition has to name it. */
  readonly eventTime: string
  /** Moments that its records' times come from: few, so that they collide. */
  readonly moments: readonly string[]
  readonly partitions: number
  /** Whether it gets twice the partitions in the second phase. */
  readonly doubles: boolean
  /** Whether its rows are made by a post-processor, of columns in another order. */
  readonly translated: boolean
  /** The phase from which on it exists. */
  readonly since: 0 | 1
}

export interface RandomView {
  readonly name: string
  readonly source: RandomSource
  /** Join keys by entity, in order. */
  readonly entities: readonly RandomEntity[]
  readonly features: readonly Column[]
  /** The column to order by. */
  readonly orderedBy: string
  readonly ttl: '1d' | '36500d' | undefined
}

interface RandomEntity {
  readonly name: string
  readonly keys: readonly JoinKey[]
}

export interface World {
  readonly sources: readonly RandomSource[]
  readonly views: readonly RandomView[]
}

const keyNames = ['user', 'shop', 'constructor', 'id']
const keyKinds = ['string', 'int64', 'int32', 'bool'] as const
type KeyKind = (typeof keyKinds)[number]

type KeyMeanings = { readonly [kind in KeyKind]: fc.Arbitrary<Meaning> }

const keyMeanings: KeyMeanings = {
  string: fc.oneof(
    fc.constantFrom('', 'a', 'A', 'true', 'null', '0', '-0', '9223372036854775807', '1","1'),
    fc.constantFrom('\0', '\ufeff', ' ', '\\', '"', 'é', 'e\u0301', '\u{10ffff}'),
    fc.string({ unit: 'binary', maxLength: 6 }),
  ),
  int64: fc.oneof(
    fc.constantFrom(0n, 1n, -1n, 10n),
    fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
  ),
  int32: fc.constantFrom(0n, 1n, -1n, 10n, 2147483647n, -2147483648n),
  bool: fc.boolean(),
}

/** Composite keys of these are alike once their parts are joined without care. */
const alikeMeanings: KeyMeanings = {
  string: fc.constantFrom('', '1', '11', ',', '1,'),
  int64: fc.constantFrom(1n, 11n, 111n),
  int32: fc.constantFrom(1n, 11n, 111n),
  bool: fc.constant(true),
}

const anyEntity = fc
  .uniqueArray(
    fc.record({ name: fc.constantFrom(...keyNames), kind: fc.constantFrom(...keyKinds) }),
    { minLength: 1, maxLength: 3, selector: byName },
  )
  .map(keys => ({ keys }))

/** Before, within and after what both kinds of `ttl` still serve; never near their ends. */
const moments = fc.oneof(
  fc.constantFrom('0001-01-01T00:00:00.000000Z', '1850-06-01T12:00:00.000000Z'),
  fc.constantFrom('1969-12-31T23:59:59.999999Z', '1970-01-01T00:00:00.000000Z'),
  fc
    .tuple(fc.integer({ min: 0, max: 59 }), fc.constantFrom(0, 1, 999, 1000, 999_999))
    .map(([minute, micros]) => `2011-03-04T05:${pad(minute, 2)}:00.${pad(micros, 6)}Z`),
)
/** The source's event time may not lie ahead; another column may. */
const farAhead = '9999-12-31T23:59:59.999999Z'

/** One to four sources whose entities overlap, each with one to three views. */
export const anyWorld: fc.Arbitrary<World> = fc
  .array(anyEntity, { minLength: 1, maxLength: 3, size: 'max' })
  .map(entities => entities.map(({ keys }, at): RandomEntity => ({ name: `entity${at}`, keys })))
  .chain(entities =>
    fc.uniqueArray(anySourceWithViews(entities), {
      minLength: 1,
      maxLength: 4,
      size: 'max',
      selector: ({ source }) => byName(source),
    }),
  )
  .map(drawn => {
    const sources = drawn.map(({ source }, at) =>
      at === 0 ? { ...source, since: 0 as const } : source,
    )
    const views = drawn.flatMap((draw, place) =>
      draw.views.map((view, at): RandomView => {
        const source = sources[place] ?? draw.source
        return { ...view, name: `v${at}${source.name}`, source }
      }),
    )
    return { sources, views }
  })

function anySourceWithViews(entities: readonly RandomEntity[]) {
  return fc
    .record({
      chosen: fc.shuffledSubarray([...entities], { minLength: 1 }).map(compatible),
      others: anyColumns(2, { minLength: 1, maxLength: 6 }),
      timeNames: fc.uniqueArray(anyName, {
        minLength: 1,
        maxLength: 3,
        size: 'max',
        selector: name => name.toLowerCase(),
      }),
    })
    .map(({ chosen, others, timeNames }) => {
      const keys = distinct(chosen.flatMap(entity => entity.keys))
      const keyColumns = keys.map(({ name, kind }) => requiredColumn(name, kind))
      const times = timeNames.map(name => requiredColumn(name, 'timestamp'))
      const columns = distinct([...keyColumns, ...times, ...others])
      const timeColumns = columns.filter(column => times.includes(column))
      // Where all names of times are those of keys there has to be another one.
      const event = timeColumns[0] ?? requiredColumn('happened_at', 'timestamp')
      return { chosen, keys, columns: timeColumns[0] ? columns : [...columns, event], event }
    })
    .chain(({ chosen, keys, columns, event }) =>
      fc
        .record({
          name: anyName,
          columns: fc.shuffledSubarray(columns, { minLength: columns.length }),
          keyRows: fc.array(anyKeyRow(keys), { minLength: 1, maxLength: 12, size: 'max' }),
          moments: fc.uniqueArray(moments, { minLength: 2, maxLength: 6, size: 'max' }),
          partitions: fc.constantFrom(1, 2, 4),
          doubles: fc.boolean(),
          since: fc.constantFrom(0 as const, 0 as const, 1 as const),
          translated: fc.boolean(),
        })
        .map((drawn): RandomSource => ({ ...drawn, keys, eventTime: event.name }))
        .chain(source =>
          fc.record({
            source: fc.constant(source),
            views: fc.array(anyView(source, chosen), { minLength: 1, maxLength: 3, size: 'max' }),
          }),
        ),
    )
}

function anyView(source: RandomSource, chosen: readonly RandomEntity[]) {
  const required = source.columns.filter(isTime).map(({ name }) => name)
  return fc.record({
    entities: fc.shuffledSubarray([...chosen], { minLength: 1 }).map(disjoint),
    features: fc.shuffledSubarray([...source.columns], { minLength: 1 }),
    orderedBy: fc.oneof(fc.constant(source.eventTime), fc.constantFrom(...required)),
    ttl: fc.constantFrom(undefined, undefined, undefined, '36500d' as const, '1d' as const),
  })
}

/** The times that records of a source may have in one of its columns. */
export function momentsOf({ moments, eventTime }: RandomSource, column: string): readonly string[] {
  return column === eventTime ? moments : [...moments, farAhead]
}

/** Whether records may be ordered by a column. */
export function isTime({ shape, nullable }: Column): boolean {
  return shape.kind === 'timestamp' && !nullable
}

function anyKeyRow(keys: readonly JoinKey[]): fc.Arbitrary<KeyRow> {
  return fc.oneof(keyRowOf(keys, keyMeanings), keyRowOf(keys, alikeMeanings))
}

function keyRowOf(keys: readonly JoinKey[], meanings: KeyMeanings): fc.Arbitrary<KeyRow> {
  const entries = keys.map(({ name, kind }) =>
    meanings[kind].map((meaning): readonly [string, Meaning] => [name, meaning]),
  )
  return fc.tuple(...entries).map(drawn => new Map(drawn))
}

/** Entities that one source can hold: no join key has two types. */
function compatible(entities: readonly RandomEntity[]): RandomEntity[] {
  return entities.filter((entity, at) =>
    entity.keys.every(key =>
      entities
        .slice(0, at)
        .every(({ keys }) =>
          keys.every(({ name, kind }) => name !== key.name || kind === key.kind),
        ),
    ),
  )
}

/** Entities that one view can have: no join key comes twice. */
function disjoint(entities: readonly RandomEntity[]): RandomEntity[] {
  const [first, ...rest] = entities
  if (first === undefined) return []
  const names = new Set(first.keys.map(({ name }) => name))
  return [
    first,
    ...rest.filter(({ keys }) => keys.every(({ name }) => !names.has(name))).slice(0, 1),
  ]
}

function distinct<T extends { readonly name: string }>(named: readonly T[]): T[] {
  const lower = named.map(byName)
  return named.filter((one, at) => lower.indexOf(byName(one)) === at)
}

function requiredColumn(name: string, kind: ScalarKind): Column {
  return { name, shape: { kind }, nullable: false }
}

const pad = (number: number, digits: number) => `${number}`.padStart(digits, '0')

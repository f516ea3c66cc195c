import {
  add,
  and,
  cast,
  columns,
  concat,
  divide,
  type Expression,
  eq,
  isNull,
  lit,
  lower,
  member,
  orElse,
  postProcess,
  shift,
  truncate,
  when,
} from '../../../shared/expressions.ts'
import { type InferRecord, type InferRow, PushConfig, StreamSource } from '../../../shared/index.ts'
import type * as t from '../../../shared/types.ts'
import { Field, Float64, Int32, Int64, String, Struct, Timestamp } from '../../../shared/types.ts'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function is<_ extends true>(): void {}

const sent = [
  Field('user', String),
  Field('note', String, { nullable: true }),
  Field('amt', String),
  Field('n', Int64),
  Field('small', Int32),
  Field('x', Float64),
  Field('at', Timestamp),
  Field('geo', Struct([Field('lat', Float64), Field('alt', Float64, { nullable: true })])),
] as const
const c = columns(sent)

function typed<Type extends t.AnyType, Nullable extends boolean>(
  _: Expression<Type, Nullable>,
): { type: Type; nullable: Nullable } {
  throw new Error('Only for the compiler.')
}

export function expressions() {
  is<Equal<ReturnType<typeof typed<t.StringType, false>>['nullable'], false>>()
  const sum = typed(add(c.n, c.small))
  is<Equal<typeof sum, { type: t.Int64Type; nullable: false }>>()
  const mixed = typed(add(c.x, c.small))
  is<Equal<typeof mixed, { type: t.Float64Type; nullable: false }>>()
  const joined = typed(concat(c.user, c.note))
  is<Equal<typeof joined, { type: t.StringType; nullable: boolean }>>()
  const known = typed(orElse(c.note, 'none'))
  is<Equal<typeof known, { type: t.StringType; nullable: false }>>()
  const height = typed(member(c.geo, 'alt'))
  is<Equal<typeof height, { type: t.Float64Type; nullable: boolean }>>()
  const number = typed(cast(c.amt, Float64))
  is<Equal<typeof number, { type: t.Float64Type; nullable: false }>>()
  shift(truncate(c.at, 'hour'), '-15m')
  and(eq(c.n, 1n), isNull(c.note), eq(c.x, 0.5), true)

  // @ts-expect-error there is no such column
  c.nobody
  // @ts-expect-error Int64 and floats do not mix
  add(c.n, 0.5)
  // @ts-expect-error Int64 and floats do not mix
  add(c.x, c.n)
  // @ts-expect-error text is no number
  add(c.user, 1n)
  // @ts-expect-error whole numbers have quotient
  divide(c.n, 2)
  // @ts-expect-error a number has no case
  lower(c.n)
  // @ts-expect-error text and number are never equal
  eq(c.user, c.n)
  // @ts-expect-error floats have many spellings
  cast(c.x, String)
  // @ts-expect-error values of one type
  when(true, c.n, c.x)
  // @ts-expect-error the default is of the same type
  orElse(c.note, 1n)
  // @ts-expect-error no such field in the struct
  member(c.geo, 'lon')
  // @ts-expect-error no such unit
  truncate(c.at, 'fortnight')
  // @ts-expect-error not a value of the type
  lit('seven', Float64)
}

const processor = postProcess({
  filter: eq(c.user, 'a'),
  select: { user_id: lower(c.user), amt: cast(c.amt, Float64), at: c.at, note: c.note },
})
const schema = [
  Field('user_id', String),
  Field('amt', Float64),
  Field('at', Timestamp),
  Field('note', String, { nullable: true }),
  Field('extra', Int64, { nullable: true }),
] as const
export const source = StreamSource({
  name: 'clicks',
  streamConfig: PushConfig({ logOffline: true, inputSchema: sent, postProcessor: processor }),
  schema,
})
is<Equal<InferRecord<typeof source>['amt'], string>>()
is<Equal<InferRow<typeof source>['amt'], number>>()
is<Equal<keyof InferRow<typeof source>, 'user_id' | 'amt' | 'at' | 'note' | 'extra'>>()

export function misfits() {
  const config = PushConfig({ inputSchema: sent, postProcessor: processor })
  const declare = { name: 'clicks', streamConfig: config } as const
  const [user, amt, at, note] = schema
  // @ts-expect-error amt is a float
  StreamSource({ ...declare, schema: [user, Field('amt', Int64), at, note] })
  // @ts-expect-error note may be null
  StreamSource({ ...declare, schema: [user, amt, at, Field('note', String)] })
  // @ts-expect-error nobody gives more
  StreamSource({ ...declare, schema: [...schema, Field('more', String)] })
  // @ts-expect-error select gives note, which the schema does not have
  StreamSource({ ...declare, schema: [user, amt, at] })
  // @ts-expect-error an input schema needs its post-processor
  PushConfig({ inputSchema: sent })
  // @ts-expect-error a filter is a bool
  postProcess({ filter: c.user, select: { a: c.user } })
}

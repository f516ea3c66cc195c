import {
  cast,
  columns,
  lower,
  member,
  ne,
  orElse,
  postProcess,
  shift,
  trim,
} from '../../../shared/expressions.ts'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import { Field, Float64, Int64, String, Struct, Timestamp } from '../../../shared/types.ts'

export const sent = [
  Field('user', Struct([Field('id', String), Field('kind', String, { nullable: true })])),
  Field('amount', String),
  Field('seen', Timestamp),
]
const c = columns(sent)
export const schema = [
  Field('happened', Timestamp),
  Field('user_id', String),
  Field('amt', Float64),
  Field('whole', Int64, { nullable: true }),
]
export const postProcessor = postProcess({
  filter: ne(orElse(member(c.user, 'kind'), 'person'), 'robot'),
  select: {
    user_id: lower(trim(member(c.user, 'id'))),
    amt: cast(c.amount, Float64),
    whole: cast(c.amount, Int64),
    happened: shift(c.seen, '-2h'),
  },
})
export const payments = StreamSource({
  name: 'payments',
  streamConfig: PushConfig({ logOffline: true, partitions: 2, inputSchema: sent, postProcessor }),
  schema,
})

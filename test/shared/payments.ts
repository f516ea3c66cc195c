import { Entity, PushConfig, StreamSource } from '../../shared/index.ts'
import { Bool, Field, Float64, Int64, String, Timestamp } from '../../shared/types.ts'

export const payments = StreamSource({
  name: 'payments',
  streamConfig: PushConfig({ logOffline: true, timestampField: 'at' }),
  schema: [
    Field('user', String),
    Field('shop', String),
    Field('at', Timestamp),
    Field('amt', Float64, { nullable: true }),
    Field('items', Int64),
    Field('paid', Bool),
  ],
})
const user = Entity({ name: 'user', joinKeys: [Field('user', String)] })
export const amt = Field('amt', Float64)
/** What views of payments begin with. */
export const base = { name: 'spent', source: payments, entities: [user] }

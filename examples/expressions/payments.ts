// payments.ts
import { Attribute, Entity, PushConfig, StreamFeatureView, StreamSource } from 'tidegate'
import { cast, columns, lower, member, ne, orElse, postProcess, shift } from 'tidegate/expressions'
import { Field, Float64, String, Struct, Timestamp } from 'tidegate/types'

// What apps send.
const sent = [
  Field('user', Struct([Field('id', String), Field('kind', String, { nullable: true })])),
  Field('amount', String),
  Field('seen', Timestamp),
]
const { user, amount, seen } = columns(sent)

export const payments = StreamSource({
  name: 'payments',
  streamConfig: PushConfig({
    logOffline: true,
    inputSchema: sent,
    postProcessor: postProcess({
      filter: ne(orElse(member(user, 'kind'), 'person'), 'robot'),
      select: {
        user_id: lower(member(user, 'id')),
        amt: cast(amount, Float64),
        happened: shift(seen, '-2h'),
      },
    }),
  }),
  // What is read, and what feature views are made of.
  schema: [Field('user_id', String), Field('amt', Float64), Field('happened', Timestamp)],
})

export const latestPayment = StreamFeatureView({
  name: 'latest_payment',
  source: payments,
  entities: [Entity({ name: 'user', joinKeys: [Field('user_id', String)] })],
  features: [Attribute('amt', Float64)],
})

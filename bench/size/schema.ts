import { Field, Float64, Int64, String, Timestamp } from '../../shared/types.ts'

/** What the entries push: a source of four fields, as plain as a client needs it. */
export const clicks = {
  name: 'clicks',
  schema: [
    Field('user_id', String),
    Field('clicked_at', Timestamp),
    Field('item', Int64),
    Field('score', Float64, { nullable: true }),
  ],
} as const

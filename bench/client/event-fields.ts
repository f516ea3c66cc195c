import { Field, Float64, Int64, String, Timestamp } from '../../shared/types.ts'

/** Fields of the delivery part's events. */
export const eventFields = [
  Field('n', Int64),
  Field('plan', String),
  Field('value', Float64),
] as const

/** Fields of the cost part's events: four, as the peers were measured with. */
export const timedEventFields = [...eventFields, Field('at', Timestamp)] as const

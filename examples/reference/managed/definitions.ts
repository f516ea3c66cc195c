// The stream source page, example 2: the offline event log managed by Tidegate.
import { PushConfig, StreamSource } from 'tidegate'
import { Field, Float64, String, Timestamp } from 'tidegate/types'

export const managedTransactions = StreamSource({
  name: 'transactions',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [Field('user_id', String), Field('timestamp', Timestamp), Field('amt', Float64)],
})

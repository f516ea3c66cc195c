// The stream source page, example 1: a self-managed offline event log.
import { FileConfig, PushConfig, StreamSource } from 'tidegate'
import { Field, Float64, String, Timestamp } from 'tidegate/types'

export const transactions = StreamSource({
  name: 'transactions',
  streamConfig: PushConfig({ logOffline: false }),
  batchConfig: FileConfig({
    uri: 's3://anonymous@tecton.ai.public/tutorials/fraud_demo/transactions/data.pq',
    fileFormat: 'parquet',
    timestampField: 'timestamp',
  }),
  schema: [Field('user_id', String), Field('timestamp', Timestamp), Field('amt', Float64)],
})

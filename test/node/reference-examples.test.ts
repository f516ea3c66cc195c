import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadDefinitions } from '../../cli/load-definitions.ts'

/** `NAME TYPE, NAME TYPE …` as fields that are never null. */
const fields = (text: string) =>
  text.split(', ').map(field => {
    const [name, dtype] = field.split(' ')
    return { name, dtype, nullable: false }
  })
const plain = { tags: {}, preventDestroy: false }
const nothing = { entities: [], featureViews: [], featureServices: [] }
const transactions = {
  ...plain,
  form: 'stream_source',
  name: 'transactions',
  schema: fields('user_id string, timestamp timestamp, amt float64'),
}

/** What the pages declare, all of it: one attribute more or less is another example. */
test.each([
  [
    'self-managed',
    {
      ...nothing,
      sources: [
        {
          ...transactions,
          streamConfig: { kind: 'push_config', logOffline: false, partitions: 1 },
          batchConfig: {
            kind: 'file_config',
            uri: 's3://anonymous@tecton.ai.public/tutorials/fraud_demo/transactions/data.pq',
            fileFormat: 'parquet',
            timestampField: 'timestamp',
          },
        },
      ],
    },
  ],
  [
    'managed',
    {
      ...nothing,
      sources: [
        {
          ...transactions,
          streamConfig: { kind: 'push_config', logOffline: true, partitions: 1 },
        },
      ],
    },
  ],
  [
    'push-source',
    {
      ...nothing,
      sources: [
        {
          form: 'push_source',
          name: 'click_event_source',
          schema: fields('user_id string, event_timestamp string, clicked int64'),
          batchConfig: { kind: 'hive_config', database: 'demo_ads', table: 'impressions_batch' },
          description: 'Sample Push Source for click events',
          owner: 'pooja@tecton.ai',
          tags: { release: 'staging' },
          preventDestroy: false,
        },
      ],
    },
  ],
  [
    'quickstart',
    {
      sources: [
        {
          ...plain,
          form: 'stream_source',
          name: 'flights',
          schema: fields(
            'date timestamp, delay int64, distance int64, origin string, destination string',
          ),
          streamConfig: {
            kind: 'push_config',
            logOffline: true,
            partitions: 1,
            timestampField: 'date',
          },
        },
      ],
      entities: [{ ...plain, name: 'origin', joinKeys: fields('origin string') }],
      featureViews: [
        {
          ...plain,
          name: 'origin_latest_flight',
          source: 'flights',
          entities: ['origin'],
          timestampField: 'date',
          features: [
            { name: 'delay', dtype: 'int64' },
            { name: 'distance', dtype: 'int64' },
            { name: 'destination', dtype: 'string' },
          ],
          online: true,
          offline: false,
        },
      ],
      featureServices: [{ ...plain, name: 'flight_features', features: ['origin_latest_flight'] }],
    },
  ],
])('examples/reference/%s declares exactly what its page does', async (name, declared) => {
  const folder = fileURLToPath(new URL(`../../examples/reference/${name}`, import.meta.url))
  const { json } = await loadDefinitions(folder, 'prod')
  expect(JSON.parse(json)).toEqual({ format: 1, name: 'prod', live: true, ...declared })
})

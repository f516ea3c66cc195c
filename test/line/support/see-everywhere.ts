import { expect } from 'vitest'
import type { AnyField } from '../../../shared/fields/field.ts'
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import { parseExactJson } from '../../../shared/parse-exact-json.ts'
import { Field, String, Timestamp } from '../../../shared/types.ts'
import type { Duck } from './duckdb.ts'
import type { Line } from './line.ts'
import { normalRow, normalValue, type Writer } from './normal-form.ts'

export interface SeenRecord {
  /** Values of the columns under test, as they are pushed. */
  readonly pushed: { readonly [column: string]: unknown }
  /** The same as they must come back. */
  readonly canonical: { readonly [column: string]: unknown }
}

/**
 * Pushes records into a source of these columns (and a key and an event time) and expects them unchanged in
 * the features, in the data frame out of the tail, in the data frame out of parts, and in the parts as DuckDB
 * reads them. The columns must not be named `key` or `happened`.
 */
export async function expectEverywhere(
  line: Line,
  duck: Duck,
  columns: readonly AnyField[],
  records: readonly SeenRecord[],
): Promise<void> {
  const source = StreamSource({
    name: 'seen',
    streamConfig: PushConfig({ logOffline: true, timestampField: 'happened' }),
    schema: [Field('key', String), ...columns, Field('happened', Timestamp)],
  })
  const view = StreamFeatureView({
    name: 'latest',
    source,
    entities: [Entity({ name: 'key', joinKeys: [Field('key', String)] })],
    features: columns.map(({ name, dtype }) => Attribute(name, dtype)),
  })
  await line.apply([FeatureService({ name: 'all', features: [view] })])
  const keyOf = (at: number) => `key ${at}`
  const happened = '0001-01-01T00:00:00.000000Z'

  const client = line.client()
  const receipts = records.map(
    ({ pushed }, at) =>
      client.push(source, { key: keyOf(at), ...pushed, happened: '0001-01-01T00:00' }).accepted,
  )
  await client.close()
  for (const receipt of await Promise.all(receipts)) {
    expect(receipt).toMatchObject({ status: 'accepted' })
  }

  const wanted = records.map(({ canonical }, at) =>
    normalRow('canonical', source.schema, { key: keyOf(at), ...canonical, happened }),
  )
  const expectRows = (writer: Writer, rows: readonly unknown[]) =>
    expect(rows.map(row => normalRow(writer, source.schema, row))).toEqual(wanted)
  const expectFrame = async () => {
    const lines = await line.dataFrame(source.name)
    expectRows('data frame', lines.map(parseExactJson))
    return lines
  }
  const expectFeatures = async () => {
    for (const [at, { canonical }] of records.entries()) {
      const { values } = await line.features('all', { key: keyOf(at) })
      const seen = columns.map(({ name, dtype }) => [
        name,
        normalValue('get-features', dtype, values[`latest.${name}`]),
      ])
      expect(seen).toEqual(normalRow('canonical', columns, canonical))
    }
  }

  await expectFeatures()
  const fromTail = await expectFrame()
  await line.roll(source.name)
  expect(await line.counts(source.name)).toEqual({ rows: records.length, tailRows: 0, parts: 1 })
  // To the letter, order of map keys included: nobody can tell where a row came from.
  expect(await expectFrame()).toEqual(fromTail)
  const { table } = await duck.partsOf(line, source.name)
  expectRows('DuckDB', await duck.rows(`SELECT * FROM ${table}`))
  await expectFeatures()
}

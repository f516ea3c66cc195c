import type { Column, Table } from '@uwdata/flechette'
import type { AnyField } from '../../shared/fields/field.ts'
import { arrowField, builtType, builtValue } from './arrow-types.ts'
import type { Flechette } from './load-flechette.ts'

const rowsPerBatch = 65_536

/**
 * Makes an Arrow table of rows as they come; Int64 comes out of it as bigint, timestamps as bigint microseconds.
 * Cost: the table twice, and a batch of 65,536 rows as objects.
 */
export async function arrowTable(
  arrow: Flechette,
  fields: readonly AnyField[],
  rows: AsyncIterable<{ readonly [column: string]: unknown }>,
): Promise<Table> {
  const columns = fields.map(({ name, dtype }) => ({
    name,
    dtype,
    type: builtType(arrow, dtype),
    values: [] as unknown[],
    batches: [] as Column<unknown>['data'][number][],
  }))
  const closeBatch = () => {
    for (const { type, values, batches } of columns) {
      batches.push(...arrow.columnFromArray(values, type).data)
      values.length = 0
    }
  }
  for await (const row of rows) {
    for (const { name, dtype, values } of columns) values.push(builtValue(dtype, row[name]))
    if ((columns[0]?.values.length ?? 0) >= rowsPerBatch) closeBatch()
  }
  closeBatch()
  const schema = {
    version: arrow.Version.V5,
    endianness: arrow.Endianness.Little,
    fields: fields.map(field => arrowField(arrow, field)),
    metadata: null,
  }
  const built = new arrow.Table(
    schema,
    columns.map(({ type, batches }) => new arrow.Column(batches, type)),
  )
  // Reading its bytes back by the schema is what makes timestamps of the integers.
  const bytes = arrow.tableToIPC(built, { format: 'stream' })
  if (bytes === null) throw new TypeError('An Arrow table in memory gave no bytes.')
  return arrow.tableFromIPC(bytes, { useBigInt: true, useBigIntTimestamp: true })
}

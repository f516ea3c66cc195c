import { afterAll, beforeAll, expect, test } from 'vitest'
import { Field } from '../../shared/types.ts'
import { type Duck, openDuck } from './support/duckdb.ts'
import { type ExtremeColumn, extremeColumns } from './support/extremes.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import { expectEverywhere, type SeenRecord } from './support/see-everywhere.ts'

let gateway: LineGateway
let duck: Duck
beforeAll(async () => {
  ;[gateway, duck] = await Promise.all([startGateway(), openDuck()])
})
afterAll(() => Promise.all([gateway.close(), duck.close()]))

/** One record for each case of the longest column; shorter columns begin again. */
function recordsOf(columns: readonly ExtremeColumn[]): SeenRecord[] {
  const count = Math.max(...columns.map(({ cases }) => cases.length))
  return Array.from({ length: count }, (_, at) => {
    const chosen = columns.map(({ name, cases }) => ({ name, chosen: cases[at % cases.length] }))
    return {
      pushed: Object.fromEntries(chosen.map(({ name, chosen }) => [name, chosen?.[0]])),
      canonical: Object.fromEntries(chosen.map(({ name, chosen }) => [name, chosen?.[1]])),
    }
  })
}

const nullable = extremeColumns.map(({ name, type }) => Field(name, type, { nullable: true }))
const columnNames = extremeColumns.map(({ name }) => name)
const nothing = Object.fromEntries(columnNames.map(name => [name, null]))

test('every type comes back unchanged at its extremes, in columns that are never null', async () => {
  const required = extremeColumns.map(({ name, type }) => Field(name, type))
  await expectEverywhere(gateway.line(), duck, required, recordsOf(extremeColumns))
})

test('every type comes back unchanged among nulls, absent or written out', async () => {
  const records = recordsOf(extremeColumns).flatMap((record, at): SeenRecord[] => [
    { pushed: at % 2 === 0 ? {} : nothing, canonical: nothing },
    record,
  ])
  await expectEverywhere(gateway.line(), duck, nullable, records)
})

test('columns of nothing but nulls come back as nulls', async () => {
  const records = Array.from({ length: 3 }, () => ({ pushed: {}, canonical: nothing }))
  await expectEverywhere(gateway.line(), duck, nullable, records)
  expect(gateway.reports()).toEqual([])
})

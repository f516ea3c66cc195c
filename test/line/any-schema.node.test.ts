import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import type { AnyField } from '../../shared/fields/field.ts'
import { recordSchema } from '../../shared/record-schema.ts'
import { arbitraryFieldList, recordsOf } from '../shared/arbitrary-fields.ts'
import { type Duck, openDuck } from './support/duckdb.ts'
import { type LineGateway, maxLines, startGateway } from './support/gateway.ts'
import { expectEverywhere } from './support/see-everywhere.ts'

let gateway: LineGateway
let duck: Duck
beforeAll(async () => {
  ;[gateway, duck] = await Promise.all([startGateway(), openDuck()])
})
afterAll(() => Promise.all([gateway.close(), duck.close()]))

interface Given {
  readonly fields: readonly AnyField[]
  readonly records: readonly object[]
}

/** Any schema, with some records that it accepts. */
const given: fc.Arbitrary<Given> = arbitraryFieldList
  .filter(list => !list.some(({ field }) => /^(key|happened)$/i.test(field.name)))
  .chain(list =>
    fc
      .array(recordsOf(list), { minLength: 1, maxLength: 20 })
      .map(records => ({ fields: list.map(({ field }) => field), records })),
  )

function canonicalOf(fields: readonly AnyField[], record: object) {
  const checked = recordSchema(fields)['~run']({ value: record }, {})
  if (checked.typed) return checked.value
  throw new Error(`The record was refused: ${checked.issues[0]?.message}`)
}

test('whatever the schema, records come back unchanged from tail, parts, DuckDB and features', async () => {
  let runs = 0
  await fc.assert(
    fc.asyncProperty(given, async ({ fields, records }) => {
      // Each run takes a workspace; when none is left, the search for a smaller example ends.
      if (++runs > maxLines) return
      const seen = records.map(record => ({
        pushed: { ...record },
        canonical: canonicalOf(fields, record),
      }))
      await expectEverywhere(gateway.line(), duck, fields, seen)
    }),
    // Leaves the search for a smaller example before the test's own limit would hide it.
    { numRuns: 30, interruptAfterTimeLimit: 40_000 },
  )
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRecords } from '../../gateway/canonical-records.ts'
import { buildPart } from '../../gateway/offline/build-part.ts'
import { openPart } from '../../gateway/offline/read-part.ts'
import type { ResolvedSource } from '../../gateway/registry/resolved-definitions.ts'
import { schemaVersions } from '../../gateway/schema-versions.ts'
import { checkRecord } from '../../shared/check-record.ts'
import { encodeFields } from '../../shared/fields/encode-fields.ts'
import { canonicalText } from '../../shared/record-schema.ts'
import { type AnyField, Field, Int32, Int64, String, Struct } from '../../shared/types.ts'
import { arbitraryFieldList, recordsOf } from '../shared/arbitrary-fields.ts'
import { laterFields } from '../shared/later-fields.ts'
import { resolvedSource } from './support/open-objects.ts'

const nullable = { nullable: true } as const

/** Three schemas, each a later one of the one before, and records that the first admits. */
const histories = arbitraryFieldList.chain(list => {
  const first = list.map(({ field }) => field)
  return fc
    .record({ second: laterFields(first), records: fc.array(recordsOf(list), { minLength: 1 }) })
    .chain(({ second, records }) =>
      laterFields(second).map(third => ({ schemas: [first, second, third] as const, records })),
    )
})

/** A source that had each schema from its version on: 1, 2, 3. */
function sourceOf(...schemas: readonly (readonly AnyField[])[]): ResolvedSource {
  const encoded = schemas.map(encodeFields)
  return resolvedSource({
    version: schemas.length,
    fields: encoded.at(-1) ?? [],
    earlier: encoded.slice(0, -1).map((fields, at) => ({ until: at + 2, fields })),
  })
}

/** What a gateway stores of a record that the fields admit. */
function admitted(fields: readonly AnyField[], record: unknown): string {
  const checked = checkRecord(fields, record, 1)
  expect(checked.refusals).toEqual([])
  return canonicalText(checked.record)
}

async function textsOf(bytes: Uint8Array, fields: readonly AnyField[]): Promise<string[]> {
  const texts: string[] = []
  const names = fields.map(({ name }) => name)
  const { groups, rowsOf } = await openPart(bytes)
  for (const group of groups) {
    const rows = await rowsOf(group, fields, names)
    texts.push(...rows.map(row => JSON.stringify(row)))
  }
  return texts
}

async function* one<T>(value: T): AsyncGenerator<T> {
  yield value
}

describe('schema versions', () => {
  it('make of a stored record what a later schema would have stored of it, and the stored text again', () => {
    fc.assert(
      fc.property(histories, ({ schemas, records }) => {
        const [first, second, third] = schemas
        const { toPresent, toAdmitted } = schemaVersions(sourceOf(...schemas))
        for (const record of records) {
          const texts = [first, second, third].map(fields => admitted(fields, record))
          for (const [at, text] of texts.entries()) {
            const [present] = parseRecords(text, toPresent(at + 1))
            expect(JSON.stringify(present)).toBe(texts[2])
            const back = toAdmitted(at + 1)?.(present ?? {}) ?? present
            expect(JSON.stringify(back)).toBe(text)
          }
        }
      }),
    )
  })

  it('cost records of the present schema nothing', () => {
    const unchanged = schemaVersions(resolvedSource())
    expect(unchanged.toPresent(0)).toBeUndefined()
    const source = sourceOf([Field('n', Int64)], [Field('n', Int64), Field('m', Int64, nullable)])
    const { toPresent, toAdmitted } = schemaVersions(source)
    expect([toPresent(2), toAdmitted(2), toPresent(9)]).toEqual([undefined, undefined, undefined])
    expect(toPresent(1)?.({ n: 1 })).toEqual({ n: 1, m: null })
  })

  it('tell apart records of every version of a schema', () => {
    const fields = [[Field('a', Int64)], [Field('b', Int64, nullable), Field('a', Int64)]]
    const both = [...(fields[1] ?? []), Field('c', Struct([Field('x', Int32)]), nullable)]
    const { toAdmitted } = schemaVersions(sourceOf(...fields, both))
    const row = { _offset: 7, a: 1, b: null, c: null }
    expect([1, 2, 3].map(version => toAdmitted(version)?.(row))).toEqual([
      { a: 1 },
      { b: null, a: 1 },
      undefined,
    ])
  })
})

describe('parts', () => {
  it('of any schema are read by every later one, and built of records of several', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async ({ schemas, records }) => {
        const wanted = records.map(record => admitted(schemas[2], record))
        for (const [at, fields] of schemas.entries()) {
          // All that were admitted until then, each by another schema, in a part of the newest of them.
          const pieces = records.map((record, offset) => {
            const version = (offset % (at + 1)) + 1
            const text = admitted(schemas[version - 1] ?? fields, record)
            return { ingestUs: 1, version, start: offset, text }
          })
          const source = sourceOf(...schemas.slice(0, at + 1))
          const { bytes } = await buildPart(source, 0, one(pieces))
          const found = await textsOf(bytes, schemas[2])
          expect(found.map(text => JSON.stringify(withoutOffset(JSON.parse(text))))).toEqual(wanted)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('that lack a column which is never null are refused', async () => {
    const piece = { ingestUs: 1, version: 1, start: 0, text: '{"n":1}' }
    const { bytes } = await buildPart(resolvedSource(), 0, one([piece]))
    await expect(textsOf(bytes, [Field('n', Int64), Field('s', String)])).rejects.toThrow(
      'No column "s" is in this part.',
    )
  })
})

function withoutOffset({ _offset, ...record }: { [column: string]: unknown }) {
  return record
}

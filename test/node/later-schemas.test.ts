import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { buildPart } from '../../gateway/offline/build-part.ts'
import type { ResolvedSource } from '../../gateway/registry/resolved-definitions.ts'
import { encodeFields } from '../../shared/fields/encode-fields.ts'
import { Field, Float32, Float64, Int32, Int64, String, Struct } from '../../shared/types.ts'
import { openDuck } from '../line/support/duckdb.ts'

const nullable = { nullable: true } as const
const place = Field('at', Struct([Field('alt', Int32, nullable), Field('lat', Float64)]), nullable)
const schemas = [
  [Field('n', Int32), Field('x', Float32), Field('at', Struct([Field('lat', Float32)]))],
  [Field('note', String, nullable), Field('n', Int64), Field('x', Float32), place],
  [Field('n', Int64), Field('note', String, nullable), Field('x', Float64, nullable), place],
]
const texts = [
  '{"n":1,"x":0.5,"at":{"lat":1.5}}',
  '{"note":"two","n":"9007199254740993","x":0.5,"at":{"alt":7,"lat":0.1}}',
  '{"n":3,"note":null,"x":0.1,"at":null}',
]

it('parts of three schemas are one table for another engine, by name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-schemas-'))
  const duck = await openDuck()
  try {
    const paths: string[] = []
    for (const [at, fields] of schemas.entries()) {
      const source: ResolvedSource = {
        id: 's',
        workspaceId: 'w',
        name: 's',
        version: at + 1,
        fields: encodeFields(fields),
        earlier: schemas
          .slice(0, at)
          .map((fields, before) => ({ until: before + 2, fields: encodeFields(fields) })),
        logOffline: true,
        partitions: 1,
        views: [],
        tags: {},
        createdUs: 0,
        modifiedUs: 0,
      }
      const piece = { ingestUs: 1, version: at + 1, start: at, text: texts[at] ?? '' }
      const slices = async function* () {
        yield [piece]
      }
      const path = join(folder, `${at}.parquet`)
      await writeFile(path, (await buildPart(source, 0, slices())).bytes)
      paths.push(`'${path}'`)
    }
    const table = `read_parquet([${paths}], union_by_name = true)`
    expect(
      await duck.rows(`SELECT n, note, x, "at", _version FROM ${table} ORDER BY _offset`),
    ).toEqual([
      { n: 1, note: null, x: 0.5, at: { alt: null, lat: 1.5 }, _version: 1 },
      { n: 9007199254740993n, note: 'two', x: 0.5, at: { alt: 7, lat: 0.1 }, _version: 2 },
      { n: 3, note: null, x: 0.1, at: null, _version: 3 },
    ])
    const types = await duck.rows(
      `SELECT column_name AS name, column_type AS type FROM (DESCRIBE SELECT n, x FROM ${table})`,
    )
    expect(types).toEqual([
      { name: 'n', type: 'BIGINT' },
      { name: 'x', type: 'DOUBLE' },
    ])
  } finally {
    await duck.close()
    await rm(folder, { recursive: true })
  }
})

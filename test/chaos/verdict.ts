import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import * as v from 'valibot'
import type { Receipt } from '../../client/receipt.ts'
import { limits } from '../../shared/limits.ts'

const sourcePath = '/api/v1/workspaces/sim/sources/events'
const partsSchema = v.object({ parts: v.array(v.object({ name: v.string(), rows: v.number() })) })
const featuresSchema = v.object({ result: v.object({ features: v.array(v.unknown()) }) })

export interface ChaosVerdict {
  /** Each has to be zero. */
  readonly goals: {
    readonly lost: number
    readonly doubled: number
    readonly unreadable: number
    readonly disagreements: number
  }
  readonly results: {
    readonly accepted: number
    readonly duplicate: number
    readonly rows: number
    readonly parts: number
  }
}

/** Rolls everything, reads the parts by DuckDB and compares with the receipts and the served features. */
export async function verdictOf(
  url: string,
  headers: { readonly [name: string]: string },
  receipts: ReadonlyMap<string, Receipt>,
  pushed: number,
): Promise<ChaosVerdict> {
  const get = async (path: string) => {
    const reply = await fetch(`${url}${path}`, { headers })
    if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`)
    return reply
  }
  const rolled = await fetch(`${url}${sourcePath}/roll`, { method: 'POST', headers })
  if (!rolled.ok) throw new Error(`The roll failed: ${await rolled.text()}`)
  const { parts } = v.parse(partsSchema, await (await get(`${sourcePath}/parts`)).json())
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-chaos-parts-'))
  const files: string[] = []
  for (const { name } of parts) {
    const file = join(folder, name)
    await writeFile(
      file,
      new Uint8Array(await (await get(`${sourcePath}/parts/${name}`)).arrayBuffer()),
    )
    files.push(`'${file}'`)
  }
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRows()
  const log = `read_parquet([${files}])`
  const ids = await rows(`SELECT id, count(*)::INTEGER FROM ${log} GROUP BY id`)
  const copies = new Map(ids.map(([id, count]) => [String(id), Number(count)]))
  const latest = await rows(
    `SELECT entity, id FROM ${log} QUALIFY row_number() OVER (PARTITION BY entity ORDER BY "at" DESC, _ingest_ts DESC, _partition DESC, _offset DESC) = 1`,
  )
  let disagreements = 0
  let unreadable = 0
  for (const [entity, id] of latest) {
    const reply = await fetch(`${url}/api/v1/feature-service/get-features`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        params: {
          workspaceName: 'sim',
          featureServiceName: 'service',
          joinKeyMap: { entity: String(entity) },
          // A gateway that was killed may have much to catch up with.
          requestOptions: { latencyBudgetMs: limits.maxLatencyBudgetMs },
        },
      }),
    })
    const { result } = v.parse(featuresSchema, await reply.json())
    if (result.features[0] === null) unreadable++
    else if (result.features[0] !== id) disagreements++
  }
  connection.closeSync()
  instance.closeSync()
  await rm(folder, { recursive: true, force: true })

  const count = (status: Receipt['status']) =>
    [...receipts.values()].filter(receipt => receipt.status === status).length
  const acknowledged = [...receipts].filter(
    ([, { status }]) => status === 'accepted' || status === 'duplicate',
  )
  return {
    goals: {
      lost: pushed - receipts.size + acknowledged.filter(([id]) => !copies.has(id)).length,
      doubled: [...copies.values()].filter(number => number > 1).length,
      unreadable,
      disagreements,
    },
    results: {
      accepted: count('accepted'),
      duplicate: count('duplicate'),
      rows: [...copies.values()].reduce((sum, number) => sum + number, 0),
      parts: parts.length,
    },
  }
}

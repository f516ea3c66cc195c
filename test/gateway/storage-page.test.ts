import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import page from '../../docs/storage.md?raw'
import { messageFormat } from '../../gateway/contracts/message.ts'
import { rowFormat } from '../../gateway/log/row-header.ts'
import { openRow } from '../../gateway/log/stored-row.ts'
import { testWorkspaceIds } from '../support/test-keys.ts'

const workspaceId = testWorkspaceIds[31] ?? ''
const documented = page
  .split('\n')
  .filter(line => line.startsWith('CREATE TABLE'))
  .sort()

/** Opens one object of each class and gives the statements that made their tables. */
async function createdTables(): Promise<string[]> {
  const message = { format: messageFormat }
  const registry = env.REGISTRY.getByName(workspaceId)
  const catalogue = env.CATALOGUE.getByName(`${workspaceId}/source`)
  const partition = env.LOG_PARTITION.getByName(`${workspaceId}/source/0`)
  const shard = env.FEATURE_SHARD.getByName(`${workspaceId}/entities/0`)
  await registry.definitions(message)
  await catalogue.list(message)
  await partition.snapshot(message)
  await shard.read({ ...message, viewIds: [], keys: [] })
  const tables = (_: unknown, state: DurableObjectState) =>
    state.storage.sql
      .exec(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .toArray()
      .map(row => String(row.sql))
  const all = await Promise.all([
    runInDurableObject(registry, tables),
    runInDurableObject(catalogue, tables),
    runInDurableObject(partition, tables),
    runInDurableObject(shard, tables),
  ])
  return all.flat()
}

describe('docs/storage.md', () => {
  it('names every table as it is made', async () => {
    const made = new Set(await createdTables())
    // Weeks of producers appear with the first closed segment; their statement is checked where it runs.
    const always = documented.filter(statement => !statement.startsWith('CREATE TABLE producers_0'))
    expect([...made].sort()).toEqual(always)
  })

  it('shows the header of a row as it is written', () => {
    const text = /^Row header:\n\n```json\n(.*?)```/ms.exec(page)?.[1] ?? ''
    const stored = JSON.stringify(JSON.parse(text))
    const place = { start: 40, records: 3 }
    const row = { ...place, header: stored, body: '{"n":1}\n{"n":2}\n{"n":3}' }
    expect(openRow(row)).toMatchObject({ ...place, header: { format: rowFormat } })
  })
})

import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadDefinitions } from '../../cli/load-definitions.ts'
import { createClient } from '../../client/index.ts'
import { describePushSource, readTransactions } from '../../examples/reference/handles.ts'
import { managedTransactions } from '../../examples/reference/managed/definitions.ts'
import { eventTimeFieldOf } from '../../shared/definitions/stream-source.ts'
import { decodeDefinitions } from '../../shared/workspace-definitions.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import type { Line } from './support/line.ts'

const folderOf = (name: string) =>
  fileURLToPath(new URL(`../../examples/reference/${name}`, import.meta.url))

async function load(name: string) {
  const { json } = await loadDefinitions(folderOf(name), 'prod')
  return decodeDefinitions(JSON.parse(json))
}

let gateway: LineGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

/** A workspace to which one folder of the examples was applied. */
async function applied(name: string): Promise<Line> {
  const line = gateway.line()
  const { sources, featureServices } = await load(name)
  await line.apply([...sources, ...featureServices])
  return line
}

describe('the reference pages in TypeScript', () => {
  test.each([
    ['self-managed', ['transactions'], 'timestamp', false],
    ['managed', ['transactions'], 'timestamp', true],
    ['push-source', ['click_event_source'], undefined, false],
    ['quickstart', ['flights'], 'date', true],
  ])('%s declares what the page says', async (name, names, eventTime, logOffline) => {
    const { sources } = await load(name)
    expect(sources.map(source => source.name)).toEqual(names)
    const [source] = sources
    expect(source && eventTimeFieldOf(source)).toBe(eventTime)
    expect(source?.streamConfig.logOffline).toBe(logOffline)
    await applied(name)
  })

  test('both examples of the stream source page have the same name, so they are folders of their own', async () => {
    const both = loadDefinitions(folderOf('.'), 'prod')
    await expect(both).rejects.toThrow(
      /Two stream sources are named "transactions": one in .* and one in /,
    )
  })

  test('a push source says all that the page lists', async () => {
    const line = await applied('push-source')
    const { url } = gateway
    const said = await describePushSource(line.workspace, { url, key: line.adminKey })
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)
    expect(said).toMatchObject({
      id: expect.any(globalThis.String),
      name: 'click_event_source',
      workspace: line.workspace,
      description: 'Sample Push Source for click events',
      owner: 'pooja@tecton.ai',
      tags: { release: 'staging' },
      dataDelay: undefined,
      info: { name: 'click_event_source', createdAt: time },
      isStreaming: true,
      createdAt: time,
      lastModifiedAt: time,
      columns: ['user_id', 'event_timestamp', 'clicked'],
    })
    expect(`${said.summary}`).toContain('| click_event_source')
    expect(said.checks.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'not_checked'])
  })

  test('a managed log is read by [start, end)', async () => {
    const line = await applied('managed')
    const { workspace, adminKey, ingestKey } = line
    const client = createClient({ url: gateway.url, key: ingestKey, workspace })
    for (const [timestamp, amt] of [
      ['2023-12-31T23:59:59.999Z', 1],
      ['2024-01-01T00:00:00', 2],
      ['2024-01-31T23:59:59.999Z', 4],
      ['2024-02-01T00:00:00Z', 8],
    ] as const) {
      client.push(managedTransactions, { user_id: 'ada', timestamp, amt })
    }
    await client.close()
    expect(await readTransactions(workspace, { url: gateway.url, key: adminKey })).toBe(6)
  })
})

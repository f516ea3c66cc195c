import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import {
  getWorkspace,
  SourceValidationError,
  type Workspace,
} from '../../../client/workspace/index.ts'
import { encodeSource } from '../../../shared/definitions/encode-definitions.ts'
import { FileConfig, PushSource, ValidationError } from '../../../shared/index.ts'
import { Field, Int64, String } from '../../../shared/types.ts'
import { type LineGateway, startGateway } from '../../line/support/gateway.ts'
import type { Line } from '../../line/support/line.ts'
import { pushTrips, tripFeatures, trips } from './support/trips.ts'

const clicks = PushSource({
  name: 'clicks',
  schema: [Field('user', String), Field('n', Int64)],
  batchConfig: FileConfig({ uri: 's3://bucket/key', fileFormat: 'parquet', dataDelay: '1h' }),
  owner: 'me@example.com',
})
let gateway: LineGateway
let line: Line
let workspace: Workspace

beforeAll(async () => {
  gateway = await startGateway()
  line = gateway.line()
  await line.apply([trips, clicks, tripFeatures])
  await pushTrips(line, 40)
  workspace = getWorkspace(line.workspace, { url: `${gateway.url}/`, key: line.adminKey })
})
afterAll(() => gateway.close())

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)

describe('a source', () => {
  test('by name has what was applied, and what the gateway made of it', async () => {
    const source = await workspace.getDataSource('trips')
    const facts = {
      name: 'trips',
      workspace: line.workspace,
      description: 'Where they went',
      owner: 'ops@example.com',
      tags: { team: 'maps' },
      options: { feed: 'gtfs' },
      createdAt: time,
      lastModifiedAt: time,
    }
    expect(source).toMatchObject({ ...facts, dataDelay: undefined, isStreaming: true })
    expect(source.info).toEqual({ ...facts, id: source.id, version: 1 })
    expect(source.getColumns()).toEqual(trips.schema.map(({ name }) => name))
    expect(encodeSource(source.definition)).toEqual(encodeSource(trips))
    const checks = await source.validate()
    expect(checks.map(({ what }) => what).join()).toBe(
      'partition 0,partition 1,partition 2,partition 3,feature view latest_trip,newest part',
    )
  })

  test('by definition has what is declared here', async () => {
    const source = workspace.source(clicks)
    const said = { owner: 'me@example.com', dataDelay: '1h', isStreaming: true }
    expect(source).toMatchObject({ name: 'clicks', id: undefined, createdAt: undefined, ...said })
    expect(source.info).toMatchObject({ name: 'clicks', workspace: line.workspace, options: {} })
    expect(source.getColumns()).toEqual(['user', 'n'])
    expectTypeOf(source.getColumns()).toEqualTypeOf<('user' | 'n')[]>()
    const checks = await source.validate()
    expect(checks.map(({ what }) => what).join()).toBe(
      'definition,event time,history,batch config,name,applied source',
    )
    await workspace.source(PushSource({ ...clicksLike, name: 'not_there_yet' })).validate()
    const failure = await workspace
      .source(PushSource({ ...clicksLike, name: 'clicks' }))
      .validate()
      .catch(cause => cause)
    expect(failure).toBeInstanceOf(ValidationError)
    expect(failure).toBeInstanceOf(SourceValidationError)
    expect(failure.message).toMatch(/^Source "clicks": It cannot follow .*"n"/)
    expect(failure.checks).toHaveLength(5)
    const shouted = workspace.source(PushSource({ ...clicksLike, name: 'CLICKS' }))
    await expect(shouted.validate()).rejects.toThrow(
      'has a source "clicks", which is the same name',
    )
    const other = getWorkspace('not_there_yet', { url: gateway.url, key: line.adminKey })
    await other.source(clicks).validate()
  })
  const clicksLike = { schema: [Field('user', String)] }

  test('says what it holds, as an object and as a table', async () => {
    const source = workspace.source(trips)
    const summary = await source.summary()
    const facts = {
      name: 'trips',
      workspace: line.workspace,
      options: { feed: 'gtfs' },
      partitions: 4,
      rows: 40,
      featureViews: ['latest_trip'],
      views: [{ name: 'latest_trip', status: 'serving', behind: 0 }],
      stopped: [],
    }
    expect(summary).toMatchObject(facts)
    expect(summary.toDict()).toMatchObject(facts)
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary.toDict())
    expect(`${summary}`).toMatch(/^\+-+\+-+\+\n\| +Name +\| trips +\|\n/)
    expect(inspect(summary)).toBe(`${summary}`)
    expect(summary.toHtml()).toContain('<tr><th scope="row">Name</th><td>trips</td></tr>')
  })

  test('that was not applied, or of another workspace, is a sentence', async () => {
    await expect(workspace.getDataSource('none')).rejects.toMatchObject({
      code: 'unknown_source',
      status: 404,
      message: `GET /api/v1/workspaces/${line.workspace}/sources/none was answered 404: No source "none" was applied to workspace "${line.workspace}".`,
    })
    const other = getWorkspace('other', { url: gateway.url, key: line.adminKey })
    await expect(other.getDataSource('trips')).rejects.toMatchObject({ code: 'unknown_workspace' })
    await expect(workspace.getDataSource('../secrets')).rejects.toThrow('A name is')
    // @ts-expect-error A source is a definition.
    expect(() => workspace.source('trips')).toThrow('getDataSource takes a name')
  })

  test('is not for a key that may only push', async () => {
    const pushing = getWorkspace(line.workspace, { url: gateway.url, key: line.ingestKey })
    const failure = await pushing.getDataSource('trips').catch(cause => cause)
    expect(failure).toMatchObject({ code: 'forbidden', status: 403 })
    expect(failure.message).not.toContain(line.ingestKey)
  })

  test('is asked by the fetch that was handed in, and aborted by a signal', async () => {
    const asked: string[] = []
    const handed = getWorkspace(line.workspace, {
      url: 'http://gateway.internal',
      key: line.adminKey,
      async fetch(input, init) {
        const request = new Request(input, init)
        asked.push(request.url)
        const { headers, signal } = request
        return fetch(request.url.replace('http://gateway.internal', gateway.url), {
          headers,
          signal,
        })
      },
    })
    expect((await handed.getDataSource('trips')).name).toBe('trips')
    expect(asked).toEqual([
      `http://gateway.internal/api/v1/workspaces/${line.workspace}/sources/trips`,
    ])
    const reason = new Error('Enough.')
    const signal = AbortSignal.abort(reason)
    await expect(handed.getDataSource('trips', { signal })).rejects.toBe(reason)
    await expect(handed.getFeatures('f', {}, { signal })).rejects.toBe(reason)
  })
})

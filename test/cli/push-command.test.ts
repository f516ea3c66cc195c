import { randomBytes } from 'node:crypto'
import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { runCommand } from '../../cli/run-command.ts'
import { encodeSource } from '../../shared/definitions/encode-definitions.ts'
import type { AnySource } from '../../shared/definitions/stream-source.ts'
import { PushConfig, StreamSource } from '../../shared/index.ts'
import { mintKey } from '../../shared/keys.ts'
import { Field, Int64, String } from '../../shared/types.ts'
import { canonicalJson, workspaceDefinitions } from '../../shared/workspace-definitions.ts'
import { reply, type ScriptedGateway, scriptedGateway } from './support/scripted-gateway.ts'
import { tempFolder } from './support/temp-folder.ts'

const schema = [Field('user', String), Field('n', Int64)]
const streamConfig = PushConfig({ logOffline: true })
const clicks = StreamSource({ name: 'clicks', streamConfig, schema })
const views = StreamSource({ name: 'views', streamConfig, schema })

function gatewayWith(...sources: readonly AnySource[]): Promise<ScriptedGateway> {
  return gatewayOf(() => 's1', sources)
}

function gatewayOf(idNow: () => string, sources: readonly AnySource[]): Promise<ScriptedGateway> {
  const definitions = canonicalJson(workspaceDefinitions({ name: 'demo', live: true }, sources))
  const current = { workspace: 'demo', version: 1, hash: 'h', definitions: JSON.parse(definitions) }
  return scriptedGateway(({ url }, response) => {
    if (url?.endsWith('/definitions')) return reply(response, 200, current)
    const source = sources.find(({ name }) => url?.endsWith(`/sources/${name}`))
    if (source === undefined) return false
    const time = '2026-01-04T00:25:06.000000Z'
    const times = { createdAt: time, lastModifiedAt: time }
    const definition = encodeSource(source)
    return reply(response, 200, { protocol: 1, id: idNow(), version: 1, ...times, definition })
  })
}

async function push(folder: string, gateway: ScriptedGateway, ...args: readonly string[]) {
  const stdout = new PassThrough()
  const output = text(stdout)
  const exitCode = await runCommand({
    args: ['push', ...args, '--url', gateway.url, '--workspace', 'demo'],
    env: { TIDEGATE_KEY: mintKey('admin', 'kkkkkkkkkk-auto', randomBytes) },
    folder,
    stdout,
    stderr: { write: () => {} },
    signal: new AbortController().signal,
  })
  stdout.end()
  return { exitCode, output: await output }
}

async function writeRows(name: string, content: string): Promise<string> {
  const folder = await tempFolder()
  await writeFile(join(folder, name), content)
  return folder
}

test('a JSON array goes to the only source; again it sends nothing', async () => {
  const gateway = await gatewayWith(clicks)
  const folder = await writeRows('any.json', '[{"user":"a","n":1},{"user":"b","n":2}]')
  const first = await push(folder, gateway, 'any.json')
  expect(first).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('clicks: 2 accepted'),
  })
  const second = await push(folder, gateway, 'any.json')
  expect(second.output).toContain('2 rows had been sent by earlier runs')
  expect(gateway.requests.length).toBe(1)
  expect(await readdir(join(folder, '.tidegate', 'push'))).toHaveLength(1)
})

test('a source that was deleted and created again is sent everything again', async () => {
  let id = 's1'
  const gateway = await gatewayOf(() => id, [clicks])
  const folder = await writeRows('any.json', '[{"user":"a","n":1}]')
  await push(folder, gateway, 'any.json')
  id = 's2'
  expect((await push(folder, gateway, 'any.json')).output).toContain('clicks: 1 accepted')
  expect(gateway.requests.length).toBe(2)
})

test('of several sources the file name or the argument tells', async () => {
  const gateway = await gatewayWith(clicks, views)
  const folder = await writeRows('views.ndjson', '{"user":"a","n":1}\n')
  await push(folder, gateway, 'views.ndjson')
  await push(folder, gateway, 'clicks', 'views.ndjson')
  expect(gateway.requests.map(({ records }) => Object.keys(records))).toEqual([
    ['views'],
    ['clicks'],
  ])
  await expect(push(folder, gateway, 'nothing', 'views.ndjson')).rejects.toThrow(
    'Workspace demo has no source nothing. It has: clicks, views.',
  )
})

test('refused rows are shown, kept beside the input and make the command fail', async () => {
  const gateway = await gatewayWith(clicks)
  const folder = await writeRows('rows.ndjson', '{"user":"a","n":1}\n{"user":"b"}\n')
  const { exitCode, output } = await push(folder, gateway, 'rows.ndjson')
  expect(exitCode).toBe(1)
  expect(output).toContain('clicks: 1 accepted, 0 duplicate, 1 rejected, 0 dropped')
  expect(output).toMatch(/row 2 rejected: .*"n"/)
  const kept = await readFile(join(folder, 'rows.ndjson.rejected.ndjson'), 'utf8')
  expect(JSON.parse(kept)).toMatchObject({ row: 1, field: 'n', record: { user: 'b' } })
})

test('--json prints one object and writes no file where nothing was refused', async () => {
  const gateway = await gatewayWith(clicks)
  const folder = await writeRows('rows.ndjson', '{"user":"a","n":1}\n')
  const { output } = await push(folder, gateway, 'rows.ndjson', '--json')
  expect(JSON.parse(output)).toMatchObject({
    source: 'clicks',
    counts: { accepted: 1, duplicate: 0, rejected: 0, dropped: 0 },
    refused: [],
  })
  await expect(access(join(folder, 'rows.ndjson.rejected.ndjson'))).rejects.toThrow()
})

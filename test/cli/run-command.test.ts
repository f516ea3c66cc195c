import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { CliError } from '../../cli/cli-error.ts'
import type { CommandContext } from '../../cli/command.ts'
import { makeStateFolder, readLocalKeys } from '../../cli/local-keys.ts'
import { runCommand } from '../../cli/run-command.ts'
import { mintKey } from '../../shared/keys.ts'
import { reply, type Script, scriptedGateway } from './support/scripted-gateway.ts'
import { tempFolder } from './support/temp-folder.ts'

const key = mintKey('admin', 'k3f9m2x7ab-auto'.replace(/[019]/g, '2'), randomBytes)

async function run(args: readonly string[], overrides: Partial<CommandContext> = {}) {
  const stdout = new PassThrough()
  const printed = text(stdout)
  const context: CommandContext = {
    args,
    env: { TIDEGATE_KEY: key, TIDEGATE_WORKSPACE: 'demo' },
    folder: '/nowhere',
    stdout,
    stderr: { write: () => {} },
    signal: new AbortController().signal,
    ...overrides,
  }
  try {
    const exitCode = await runCommand(context)
    stdout.end()
    return { exitCode, output: await printed, sentence: '' }
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return { exitCode: error.exitCode, output: '', sentence: error.message }
  }
}

const answering =
  (status: number, body: unknown): Script =>
  (_, response) =>
    reply(response, status, body)

test.each([
  [['summary', 'flights', '--key', 'x'], 'A key is never an argument'],
  [['summary', 'flights', '--key=x'], 'A key is never an argument'],
  [['summary', key], 'A key is never an argument'],
  [['summary', 'flights', '--nope'], "Unknown option '--nope'"],
  [['summary'], 'Usage: tidegate summary SOURCE'],
  [['summary', 'a', 'b'], 'Usage: tidegate summary SOURCE'],
  [['summary', 'flights', '--url', 'ftp://x'], '--url must be an http or https address'],
  [['sumary'], 'There is no command sumary'],
  [['dev', '--port', '99999'], 'PORT must be a whole number'],
  [['push', 'nothing.ndjson'], 'There is no file /nowhere/nothing.ndjson'],
  [['apply', '/nowhere'], 'There is no file or folder /nowhere'],
  [['summary', 'flights', '--key-file', '/nowhere'], 'there is no such file'],
])('misuse %j is said with exit code 2', async (args, sentence) => {
  const result = await run(args)
  expect(result).toMatchObject({ exitCode: 2, sentence: expect.stringContaining(sentence) })
  expect(result.sentence).not.toContain(key)
})

test('a missing key or workspace is said', async () => {
  expect((await run(['summary', 'flights'], { env: {} })).sentence).toContain('--workspace')
  const env = { TIDEGATE_WORKSPACE: 'demo' }
  expect((await run(['summary', 'flights'], { env })).sentence).toContain('set TIDEGATE_KEY')
  const wrong = { ...env, TIDEGATE_KEY: 'tg_admin_typo' }
  const { sentence } = await run(['summary', 'flights'], { env: wrong })
  expect(sentence).toContain('its form or its checksum is wrong')
  expect(sentence).not.toContain('typo')
})

test('--help and --version are there', async () => {
  expect(await run(['--help'])).toMatchObject({ exitCode: 0 })
  expect((await run(['push', '--help'])).output).toContain('Usage: tidegate push [SOURCE] FILE')
  expect((await run(['--version'])).output).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect((await run([])).exitCode).toBe(2)
})

test('the key comes from a file, also from a keys.json', async () => {
  const seen: (string | undefined)[] = []
  const { url } = await scriptedGateway((request, response) => {
    seen.push(request.headers.authorization)
    return reply(response, 200, { columns: ['date', 'delay'] })
  })
  const folder = await tempFolder()
  await writeFile(join(folder, 'key'), `${key}\n`)
  await makeStateFolder(join(folder, 'state'))
  const keys = await readLocalKeys(join(folder, 'state'))
  for (const file of [join(folder, 'key'), keys.path]) {
    const result = await run(['get-columns', 'flights', '--url', url, '--key-file', file])
    expect(result).toMatchObject({ exitCode: 0, output: 'date\ndelay\n' })
  }
  expect(seen).toEqual([`Bearer ${key}`, `Bearer ${keys.admin}`])
})

test('a problem of the gateway becomes a sentence', async () => {
  const problem = { title: 'The source is unknown', detail: 'Workspace demo has no source clicks.' }
  const { url } = await scriptedGateway(answering(404, problem))
  expect(await run(['summary', 'clicks', '--url', url])).toMatchObject({
    exitCode: 1,
    sentence:
      'GET /api/v1/workspaces/demo/sources/clicks/summary was answered 404: Workspace demo has no source clicks. ' +
      'Check --workspace and the name; tidegate apply creates what is missing.',
  })
})

test('another server and no server are said', async () => {
  const { url } = await scriptedGateway(answering(200, 'hello'))
  expect((await run(['get-columns', 'a', '--url', url])).sentence).toContain('Is it a Tidegate')
  const { sentence } = await run(['get-columns', 'a', '--url', 'http://127.0.0.1:1'])
  expect(sentence).toContain('http://127.0.0.1:1 cannot be reached')
})

const rowOf = (n: number) => `{"a":${n},"_partition":0,"_offset":${n}}\n`

/** A gateway whose source has a time and a number; data frames are scripted. */
const withSource =
  (script: Script): Script =>
  (request, response, gateway) =>
    request.url?.includes('/dataframe')
      ? script(request, response, gateway)
      : reply(response, 200, {
          protocol: 1,
          id: 'abc',
          version: 1,
          createdAt: '2026-01-01T00:00:00.000000Z',
          lastModifiedAt: '2026-01-01T00:00:00.000000Z',
          definition: {
            form: 'push_source',
            name: 'flights',
            schema: [
              { name: 'at', dtype: 'timestamp' },
              { name: 'a', dtype: 'int32' },
            ],
          },
        })

test('a data frame is streamed, with its range', async () => {
  let asked: string | undefined
  const { url } = await scriptedGateway(
    withSource((request, response) => {
      asked = request.url
      response.setHeader('tidegate-cut', '0:9')
      response.end(`${rowOf(1)}${rowOf(2)}{"_end":2}\n`)
      return true
    }),
  )
  const args = ['get-dataframe', 'flights', '--url', url, '--start-time', '2001-01-01']
  const { output } = await run([...args, '--columns', 'a, _offset'])
  // The place of a row is asked for by the command itself, and shown where it was asked for.
  expect(asked).toContain('?start_time=2001-01-01T00%3A00%3A00.000000Z&columns=a%2C_partition%2C_')
  expect(output).toBe('{"a":1,"_offset":1}\n{"a":2,"_offset":2}\n')
  expect((await run([...args, '--columns', 'a'])).output).toBe('{"a":1}\n{"a":2}\n')
})

test('a data frame that means nothing is misuse', async () => {
  const { url } = await scriptedGateway(withSource(answering(500, {})))
  const args = ['get-dataframe', 'flights', '--url', url]
  for (const [flags, sentence] of [
    [['--columns', 'a,b'], 'There is no column "b"; the columns are at, a, _partition'],
    [['--end-time', 'noon'], 'A time is a Date or ISO 8601'],
  ] as const) {
    const result = await run([...args, ...flags])
    expect(result).toMatchObject({ exitCode: 2, sentence: expect.stringContaining(sentence) })
  }
})

test('a data frame that breaks off goes on after its last row, at the same cut', async () => {
  const asked: (string | undefined)[] = []
  const { url } = await scriptedGateway(
    withSource((request, response) => {
      asked.push(request.url)
      response.setHeader('tidegate-cut', '0:3')
      if (asked.length === 1) {
        response.write(`${rowOf(1)}${rowOf(2)}{"a":3,"_part`)
        setTimeout(() => request.socket.destroy(), 20)
      } else response.end(`${rowOf(3)}{"_end":1}\n`)
      return true
    }),
  )
  const args = ['get-dataframe', 'flights', '--url', url, '--columns', 'a']
  const { output, exitCode } = await run(args)
  expect([exitCode, output]).toEqual([0, '{"a":1}\n{"a":2}\n{"a":3}\n'])
  expect(asked[1]).toContain('&cut=0%3A3&after=0%3A2')
})

test('a data frame that names no cut to go on by is a failure', async () => {
  const { url } = await scriptedGateway(
    withSource((_, response) => {
      response.end(rowOf(1))
      return true
    }),
  )
  const result = await run(['get-dataframe', 'flights', '--url', url, '--columns', 'a'])
  expect(result).toMatchObject({ exitCode: 1, sentence: expect.stringContaining('no cut') })
})

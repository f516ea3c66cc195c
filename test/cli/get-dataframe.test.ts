import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { CliError } from '../../cli/cli-error.ts'
import { runCommand } from '../../cli/run-command.ts'
import { mintKey } from '../../shared/keys.ts'
import { reply, type Script, scriptedGateway } from './support/scripted-gateway.ts'
import { tempFolder } from './support/temp-folder.ts'

const key = mintKey('admin', 'k3f9m2x7ab-auto'.replace(/[019]/g, '2'), randomBytes)

/** Runs the command before a gateway whose source has a text and a number; data frames are scripted. */
async function getDataframe(script: Script, folder: string, ...flags: readonly string[]) {
  const { url } = await scriptedGateway((request, response, gateway) =>
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
            name: 'notes',
            schema: [
              { name: 'note', dtype: 'string', nullable: true },
              { name: 'n', dtype: 'int64' },
            ],
          },
        }),
  )
  const stdout = new PassThrough()
  const printed = text(stdout)
  const told: string[] = []
  const ran = runCommand({
    args: ['get-dataframe', 'notes', '--url', url, ...flags],
    env: { TIDEGATE_KEY: key, TIDEGATE_WORKSPACE: 'demo' },
    folder,
    stdout,
    stderr: { write: text => told.push(text) },
    signal: new AbortController().signal,
  })
  try {
    const exitCode = await ran
    stdout.end()
    return { exitCode, output: await printed, said: told.join('') }
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return { exitCode: error.exitCode, output: '', said: error.message }
  }
}

const rows: Script = (_, response) => {
  response.setHeader('tidegate-cut', '0:1')
  response.end(
    '{"note":"a,b","n":9007199254740993,"_partition":0,"_offset":0}\n' +
      '{"note":null,"n":2,"_partition":0,"_offset":1}\n{"_end":2}\n',
  )
  return true
}
const csv = 'note,n\r\n"a,b",9007199254740993\r\n,2\r\n'

const file =
  (bytes: string): Script =>
  (_, response) => {
    response.setHeader('tidegate-cut', '0:1')
    response.end(bytes)
    return true
  }

test('prints CSV', async () => {
  expect(await getDataframe(rows, '/nowhere', '--format', 'csv')).toMatchObject({
    exitCode: 0,
    output: csv,
  })
})

test('writes a file in the format that its name says, and says so', async () => {
  const folder = await tempFolder()
  const { exitCode, output, said } = await getDataframe(rows, folder, '--output', 'notes.csv')
  expect([exitCode, output]).toEqual([0, ''])
  expect(said).toBe(`Wrote notes.csv, ${csv.length} bytes.\n`)
  expect(await readFile(join(folder, 'notes.csv'), 'utf8')).toBe(csv)
  await getDataframe(rows, folder, '--output', 'other.csv', '--format', 'ndjson')
  expect(await readFile(join(folder, 'other.csv'), 'utf8')).toContain('{"note":null,"n":2}\n')
  expect((await readdir(folder)).sort()).toEqual(['notes.csv', 'other.csv'])
})

test('asks for Parquet where that is wanted', async () => {
  const folder = await tempFolder()
  let asked = ''
  const whole = file('PAR1 all of it PAR1')
  const script: Script = (request, ...rest) => {
    asked = request.url ?? ''
    return whole(request, ...rest)
  }
  await getDataframe(script, folder, '--output', 'notes.parquet', '--columns', 'n')
  expect(asked).toContain('columns=n&format=parquet')
  expect(await readFile(join(folder, 'notes.parquet'), 'utf8')).toBe('PAR1 all of it PAR1')
})

test('asks for Arrow where that is wanted', async () => {
  const folder = await tempFolder()
  const [mark, end] = ['\xff'.repeat(4), '\0'.repeat(4)]
  const stream = Buffer.from(`${mark} all of it ${mark}${end}`, 'latin1')
  const script: Script = (request, response) => {
    response.setHeader('tidegate-cut', '0:1')
    response.end(request.url?.includes('columns=note%2Cn&format=arrow') ? stream : 'nothing')
    return true
  }
  await getDataframe(script, folder, '--output', 'notes.arrow')
  expect(await readFile(join(folder, 'notes.arrow'))).toEqual(stream)
})

test('leaves what was there where a file breaks off, and nothing half written', async () => {
  const folder = await tempFolder()
  await writeFile(join(folder, 'notes.parquet'), 'the old one')
  const broken = await getDataframe(file('PAR1 some of'), folder, '--output', 'notes.parquet')
  expect(broken.exitCode).toBe(1)
  expect(broken.said).toMatch(
    /^The data frame of notes broke off .* notes\.parquet was not written/,
  )
  expect(await readdir(folder)).toEqual(['notes.parquet'])
  expect(await readFile(join(folder, 'notes.parquet'), 'utf8')).toBe('the old one')
})

test('knows no other format', async () => {
  expect(await getDataframe(rows, '/nowhere', '--format', 'xml')).toMatchObject({
    exitCode: 2,
    said: '--format is ndjson, csv, parquet, arrow, not xml.',
  })
})

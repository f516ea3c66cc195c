import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readFlights } from '../../cli/quickstart/flights.ts'
import { runCommand } from '../../cli/run-command.ts'
import { flightFeatures, flights } from '../../examples/quickstart/definitions.ts'
import { tempFolder } from '../cli/support/temp-folder.ts'
import { codeOfFile, fencedCode } from '../package/support/fenced-code.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import type { Line } from './support/line.ts'

const repoFolder = fileURLToPath(new URL('../..', import.meta.url))
const page = await readFile(join(repoFolder, 'docs', 'feature-views.md'), 'utf8')

const flight = v.object({
  date: v.string(),
  delay: v.number(),
  distance: v.number(),
  origin: v.string(),
  destination: v.string(),
})

let gateway: LineGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

async function tidegate(command: string, line: Line, folder: string): Promise<string> {
  const stdout = new PassThrough()
  const output = text(stdout)
  const said: string[] = []
  await runCommand({
    args: [...command.split(' '), '--url', gateway.url, '--workspace', line.workspace],
    env: { TIDEGATE_KEY: line.adminKey },
    folder,
    stdout,
    stderr: { write: line => said.push(line) },
    signal: new AbortController().signal,
  })
  stdout.end()
  return output
}

test('the page on feature views prints what the commands print, of the flights that npm start pushes', async () => {
  const folder = await tempFolder()
  const line = gateway.line()
  await mkdir(join(folder, 'node_modules'))
  await symlink(repoFolder, join(folder, 'node_modules', 'tidegate'))
  await writeFile(join(folder, 'definitions.ts'), codeOfFile(page, 'definitions.ts'))
  const events = fencedCode(page).find(({ language }) => language === 'csv')?.text ?? ''
  await writeFile(join(folder, 'events.csv'), events)
  await line.apply([flights, flightFeatures])
  const client = line.client()
  for await (const { value } of (await readFlights()).rows()) {
    client.push(flights, v.parse(flight, value))
  }
  expect(await client.close()).toMatchObject({ accepted: 20_000 })

  const printed = fencedCode(page).filter(({ language }) => language === 'console')
  const shown = printed.flatMap(({ text }) => text.split(/^\$ /m).slice(1))
  expect(shown).toHaveLength(3)
  for (const one of shown) {
    const [command = '', ...output] = one.split('\n')
    const ran = command.replace('tidegate ', '')
    const run = () =>
      tidegate(
        ran.startsWith('get-features-for') ? `${ran} --cache-folder cache` : ran,
        line,
        folder,
      )
    let got = await run()
    for (let tries = 0; tries < 200 && got.includes('UNKNOWN'); tries++) {
      await setTimeout(100)
      got = await run()
    }
    const settled = got
      .replaceAll(line.workspace, 'demo')
      .replace(/^(Plan id ).*$/gm, '$1…')
      .replaceAll(gateway.url, 'http://127.0.0.1:8787')
    expect([command, settled]).toEqual([command, output.join('\n')])
  }
}, 120_000)

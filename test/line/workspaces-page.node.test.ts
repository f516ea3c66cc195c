import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CliError } from '../../cli/cli-error.ts'
import { runCommand } from '../../cli/run-command.ts'
import { tempFolder } from '../cli/support/temp-folder.ts'
import { fencedCode } from '../package/support/fenced-code.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import type { Line } from './support/line.ts'

const repoFolder = fileURLToPath(new URL('../..', import.meta.url))
const page = await readFile(join(repoFolder, 'docs', 'workspaces.md'), 'utf8')

let gateway: LineGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

/** What differs in every run: ids, times, the test's own names and the gateway's address. */
function settled(output: string, workspace: string): string {
  return output
    .replaceAll(gateway.url, 'http://127.0.0.1:8787')
    .replaceAll(workspace, 'shop')
    .replace(/^(Plan id ).*$/gm, '$1…')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\b(apply|rollback)( +)[0-9a-z]{8,} /g, '$1$2KEY ')
    .replace(/ {2,}/g, '  ')
    .trim()
}

/** Runs a command and gives all that it says on both streams, and how it ended where that was not well. */
async function run(command: string, line: Line, folder: string): Promise<string> {
  const stdout = new PassThrough()
  const output = text(stdout)
  const exitCode = await runCommand({
    args: [...command.split(' '), '--url', gateway.url, '--workspace', line.workspace],
    env: { TIDEGATE_KEY: line.adminKey },
    folder,
    stdout,
    stderr: { write: said => stdout.write(said) },
    signal: new AbortController().signal,
  }).catch((error: unknown) => {
    if (!(error instanceof CliError)) throw error
    stdout.write(`${error.message}\n`)
    return error.exitCode
  })
  if (exitCode !== 0) stdout.write(`(exit code ${exitCode})\n`)
  stdout.end()
  return output
}

test('the page on plan and apply prints what the commands print', async () => {
  const folder = await tempFolder()
  await mkdir(join(folder, 'node_modules'))
  await symlink(repoFolder, join(folder, 'node_modules', 'tidegate'))
  const line = gateway.line()
  let commands = 0
  for (const { language, text: code } of fencedCode(page)) {
    if (language === 'ts') await writeFile(join(folder, 'definitions.ts'), code)
    if (language !== 'console') continue
    for (const [, command = '', printed = ''] of code.matchAll(
      /^\$ tidegate (.*)\n((?:(?!\$ ).*\n?)*)/gm,
    )) {
      // A view that was just declared is folded from the log first.
      const settles = (said: string) => !said.includes('is backfilling')
      let said = await run(command, line, folder)
      for (let tries = 0; tries < 100 && !settles(said); tries++) {
        await setTimeout(50)
        said = await run(command, line, folder)
      }
      expect(settled(said, line.workspace), command).toBe(settled(printed, 'shop'))
      commands++
    }
  }
  expect(commands).toBeGreaterThan(5)
  expect(gateway.reports()).toEqual([])
})

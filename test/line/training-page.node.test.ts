import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../../cli/run-command.ts'
import { tempFolder } from '../cli/support/temp-folder.ts'
import { codeOfFile, fencedCode } from '../package/support/fenced-code.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import type { Line } from './support/line.ts'

const repoFolder = fileURLToPath(new URL('../..', import.meta.url))
const page = await readFile(join(repoFolder, 'docs', 'training.md'), 'utf8')

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
    // Steps are shown each second, which none of them takes here but by chance.
    stderr: {
      write: line => (/: \d/.test(line) && !line.startsWith('Wrote') ? 0 : said.push(line)),
    },
    signal: new AbortController().signal,
  })
  stdout.end()
  return `${await output}${said.join('')}`
}

test('the page on training data prints what the commands and the program print', async () => {
  const folder = await tempFolder()
  const line = gateway.line()
  await mkdir(join(folder, 'node_modules'))
  await symlink(repoFolder, join(folder, 'node_modules', 'tidegate'))
  const block = (language: string) => fencedCode(page).find(code => code.language === language)
  const program = codeOfFile(page, 'train.ts')
    .replace('http://127.0.0.1:8787', gateway.url)
    .replace("'shop'", `'${line.workspace}'`)
    .replace("memoryLimit: '1GB'", `cacheFolder: '${join(folder, 'cache')}'`)
  await writeFile(join(folder, 'definitions.ts'), codeOfFile(page, 'definitions.ts'))
  await writeFile(join(folder, 'train.ts'), program)
  await writeFile(join(folder, 'payments.ndjson'), block('json')?.text ?? '')
  await writeFile(join(folder, 'events.csv'), block('csv')?.text ?? '')
  await tidegate('apply definitions.ts --yes', line, folder)
  await tidegate('push payments payments.ndjson', line, folder)

  const printed = fencedCode(page).filter(({ language }) => language === 'console')
  const shown = printed.flatMap(({ text }) => text.split(/^\$ /m).slice(1))
  expect(shown).toHaveLength(4)
  for (const one of shown) {
    const [command = '', ...output] = one.split('\n')
    const got = command.startsWith('node')
      ? await promisify(execFile)(process.execPath, ['--no-warnings', 'train.ts'], {
          cwd: folder,
          env: { ...process.env, TIDEGATE_KEY: line.adminKey },
        }).then(({ stdout }) => stdout)
      : await tidegate(`${command.replace('tidegate ', '')} --cache-folder cache`, line, folder)
    expect([command, got]).toEqual([command, output.join('\n')])
  }
})

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { mintKey } from '../../shared/keys.ts'
import { reply, type Script, scriptedGateway } from './support/scripted-gateway.ts'

const program = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** Starts the program itself, which prints into a file or a pipe. */
async function start(args: readonly string[], script: Script, stdout: number | 'pipe' = 'pipe') {
  const { url } = await scriptedGateway(script)
  const child = spawn(process.execPath, [program, ...args, '--url', url, '--workspace', 'prod'], {
    env: { TIDEGATE_KEY: mintKey('admin', 'kkkkkkkkkk-auto', randomBytes) },
    stdio: ['ignore', stdout, 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = child.stderr ? text(child.stderr) : ''
  const ended = new Promise<number | string | null>(resolve =>
    child.once('exit', (code, signal) => resolve(code ?? signal)),
  )
  return { child, said, ended }
}

test.each([
  ['summary', 'clicks'],
  ['get-dataframe', 'clicks'],
  ['history'],
  ['apply', '--plan-id', 'p1', '--yes'],
])('Ctrl-C ends %s while the gateway says nothing', async (...args) => {
  const asked = Promise.withResolvers<void>()
  const { child, said, ended } = await start(args, () => {
    asked.resolve()
    return true
  })
  await asked.promise
  child.kill('SIGINT')
  expect(await ended).toBe(1)
  expect(await said).toMatch(/^Stopped\./)
})

test('what standard output cannot take is a sentence and a failure', async () => {
  const full = await open('/dev/full', 'w')
  onTestFinished(() => full.close())
  const columns: Script = (_, response) => reply(response, 200, { columns: ['id'] })
  const { said, ended } = await start(['get-columns', 'clicks'], columns, full.fd)
  expect(await said).toMatch(
    /^What was printed is not all of it: standard output cannot be written \(ENOSPC.*\)\.\n$/,
  )
  expect(await ended).toBe(1)
})

import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { runCommand } from '../../cli/run-command.ts'
import { mintKey } from '../../shared/keys.ts'
import { reply, scriptedGateway } from './support/scripted-gateway.ts'

const flights = {
  source: 'flights',
  partition: 0,
  accepted: 20_000,
  stored: 20_000,
  inTail: 12,
  inParts: 19_988,
  expired: 0,
  parts: 2,
  mark: 19_987,
  applied: [{ entitySet: 'e', mark: 19_999, durable: 19_987, withheld: [] }],
  wrong: [],
}
const broken = { ...flights, source: 'plain', stored: 19_999, applied: [], wrong: ['one is gone'] }

async function audit(agree: boolean, partitions: readonly unknown[], ...args: readonly string[]) {
  const asked: string[] = []
  const gateway = await scriptedGateway(({ url = '' }, response) => {
    asked.push(url)
    return reply(response, 200, { agree, deep: url.endsWith('deep=true'), partitions })
  })
  const stdout = new PassThrough()
  const printed = text(stdout)
  const exitCode = await runCommand({
    args: ['audit', ...args, '--url', gateway.url, '--workspace', 'demo'],
    env: { TIDEGATE_KEY: mintKey('admin', 'kkkkkkkkkk-auto', randomBytes) },
    folder: '/nowhere',
    stdout,
    stderr: { write: () => {} },
    signal: new AbortController().signal,
  })
  stdout.end()
  return { exitCode, output: await printed, asked }
}

test('an audit that agrees is a table', async () => {
  const { exitCode, output, asked } = await audit(true, [flights], '--deep')
  expect(exitCode).toBe(0)
  expect(asked).toEqual(['/api/v1/workspaces/demo/audit?deep=true'])
  expect(output.split('\n').map(line => line.trimEnd())).toEqual([
    'source   partition  accepted  expired  stored  in parts  in tail  applied  agrees',
    'flights          0     20000        0   20000     19988       12    20000     yes',
    '',
    'Everything agrees, and every part was read again.',
    '',
  ])
})

test('one that does not says what is wrong and exits 1', async () => {
  const { exitCode, output } = await audit(false, [flights, broken])
  expect(exitCode).toBe(1)
  expect(output).toContain('NO\n')
  expect(output).toContain('\nNot everything agrees:\nplain/0: one is gone\n')
})

test('as JSON it is what the gateway answered', async () => {
  const { exitCode, output } = await audit(false, [broken], '--json')
  expect(exitCode).toBe(1)
  expect(JSON.parse(output)).toMatchObject({ agree: false, partitions: [broken] })
})

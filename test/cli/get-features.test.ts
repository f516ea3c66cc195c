import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { runCommand } from '../../cli/run-command.ts'
import { mintKey } from '../../shared/keys.ts'
import { reply, scriptedGateway } from './support/scripted-gateway.ts'

const served = {
  result: { features: ['9223372036854775807', 'a\u001b[2Jb', ['1', null], null] },
  metadata: {
    features: [
      ['v.big', { type: 'int64' }, 'PRESENT', '2026-01-02T00:00:04.000000Z'],
      ['v.text', { type: 'string' }, 'PRESENT', '2026-01-02T00:00:04.000000Z'],
      ['v.list', { type: 'array', elementType: { type: 'string' } }, 'PRESENT', undefined],
      ['w.none', { type: 'float64' }, 'MISSING_DATA', undefined],
    ].map(([name, dataType, status, effectiveTime]) => ({ name, dataType, status, effectiveTime })),
    marks: { v: { source: 's', cut: '0:7' } },
  },
}

async function getFeatures(...args: readonly string[]) {
  const asked: unknown[] = []
  const gateway = await scriptedGateway((request, response) => {
    void text(request).then(body => {
      asked.push(JSON.parse(body).params)
      reply(response, 200, served)
    })
    return true
  })
  const stdout = new PassThrough()
  const printed = text(stdout)
  const exitCode = await runCommand({
    args: ['get-features', ...args, '--url', gateway.url, '--workspace', 'demo'],
    env: { TIDEGATE_KEY: mintKey('admin', 'kkkkkkkkkk-auto', randomBytes) },
    folder: '/nowhere',
    stdout,
    stderr: { write: () => {} },
    signal: new AbortController().signal,
  })
  stdout.end()
  return { exitCode, output: await printed, asked }
}

test('get-features asks by join keys and prints a line for each feature', async () => {
  const { exitCode, output, asked } = await getFeatures('fs:v2', 'user=u=1', 'shop=7')
  expect(exitCode).toBe(0)
  expect(asked).toMatchObject([
    { workspaceName: 'demo', featureServiceName: 'fs:v2', joinKeyMap: { user: 'u=1', shop: '7' } },
  ])
  expect(output.split('\n')).toEqual([
    'FEATURE  VALUE                STATUS        EFFECTIVE TIME',
    'v.big    9223372036854775807  PRESENT       2026-01-02T00:00:04.000000Z',
    'v.text   a\\u001b[2Jb          PRESENT       2026-01-02T00:00:04.000000Z',
    'v.list   ["1",null]           PRESENT',
    'w.none   null                 MISSING_DATA',
    '',
  ])
})

test('get-features --json has exact numbers, and the cuts where they are asked for', async () => {
  const { output, asked } = await getFeatures('fs', '--json', '--marks')
  expect(asked).toMatchObject([{ metadataOptions: { includeMarks: true } }])
  expect(JSON.parse(output)).toMatchObject({
    values: { 'v.big': '9223372036854775807', 'w.none': null },
    statuses: { 'w.none': 'MISSING_DATA' },
    effectiveTimes: { 'v.big': '2026-01-02T00:00:04.000000Z', 'v.list': null },
    marks: { v: { source: 's', cut: '0:7' } },
  })
})

test.each([
  [[], 'Name the feature service.'],
  [['fs', 'user'], 'A join key is written NAME=VALUE, not user.'],
  [['fs', '=u1'], 'A join key is written NAME=VALUE, not =u1.'],
  [['fs', 'user=1', 'user=2'], 'The join key user is given twice.'],
])('get-features %j is misused', async (args, sentence) => {
  await expect(getFeatures(...args)).rejects.toThrow(sentence)
})

import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { runCommand } from '../../cli/run-command.ts'
import { mintKey } from '../../shared/keys.ts'
import { reply, scriptedGateway } from './support/scripted-gateway.ts'

const entitySets = [
  { join_keys: ['user'], shards: 1, views: ['latest', 'counts'] },
  { join_keys: ['user', 'device'], shards: 4, views: ['pairs'] },
]

async function scale(...args: readonly string[]) {
  const asked: string[] = []
  const gateway = await scriptedGateway((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (request.method === 'GET') return reply(response, 200, { entity_sets: entitySets })
    void text(request).then(body => {
      asked.push(body)
      reply(response, 200, { workspace: 'demo', version: 7, join_keys: ['user'], shards: 2 })
    })
    return true
  })
  const stdout = new PassThrough()
  const printed = text(stdout)
  const exitCode = await runCommand({
    args: ['scale', ...args, '--url', gateway.url, '--workspace', 'demo'],
    env: { TIDEGATE_KEY: mintKey('admin', 'kkkkkkkkkk-auto', randomBytes) },
    folder: '/nowhere',
    stdout,
    stderr: { write: () => {} },
    signal: new AbortController().signal,
  })
  stdout.end()
  return { exitCode, output: await printed, asked }
}

test('scale lists the shards of every entity set', async () => {
  const { exitCode, output, asked } = await scale()
  expect(exitCode).toBe(0)
  expect(asked).toEqual(['GET /api/v1/workspaces/demo/shards'])
  expect(output).toBe('user: 1 shard (latest, counts)\nuser + device: 4 shards (pairs)\n')
})

test('scale asks for more, and says what there is now', async () => {
  const { exitCode, output, asked } = await scale('user', '--shards', '2')
  expect(exitCode).toBe(0)
  expect(asked).toEqual([
    'POST /api/v1/workspaces/demo/shards',
    '{"protocol":1,"join_keys":["user"],"shards":2}',
  ])
  expect(output).toBe('The entities of user have 2 shards (version 7).\n')
})

test('scale without join keys is misused', async () => {
  await expect(scale('--shards', '2')).rejects.toThrow('Name the join keys')
})

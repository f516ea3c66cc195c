import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { fileOutbox } from '../../client/node/file-outbox.ts'
import { reply, scriptedGateway } from '../cli/support/scripted-gateway.ts'
import { tempFolder } from '../cli/support/temp-folder.ts'
import type { PushForEver } from './support/push-for-ever.ts'

const program = fileURLToPath(new URL('./support/push-for-ever.ts', import.meta.url))

/** Runs the program until it has said so many words, then kills it; gives all that it said. */
async function run(given: PushForEver, words = Number.POSITIVE_INFINITY) {
  const child = spawn(process.execPath, ['--no-warnings', program, JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  const said: (readonly [word: string, name: string])[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const [word = '', ...name] = line.split(' ')
    said.push([word, name.join(' ')])
    if (said.length === words) child.kill('SIGKILL')
  }
  // Its output ends before it is dead, and the next life may not find it alive.
  await exited
  return said
}

it('loses and doubles nothing when its process is killed at any moment', async () => {
  let requests = 0
  const { url, stored } = await scriptedGateway((request, response) => {
    requests += 1
    // Now and then there is no reply, or the gateway is too busy.
    if (requests % 7 === 0) return request.socket.destroy() !== undefined
    return requests % 5 === 0 && reply(response, 503, {})
  })
  const path = join(await tempFolder(), 'outbox')
  const kept: string[] = []
  const told: string[] = []
  for (let life = 0; life < 12; life += 1) {
    // Moments that differ: after the first word, in the midst of a batch, with much in the file.
    const said = await run({ url, path, prefix: `${life}` }, 1 + ((life * 137) % 500))
    expect(said.filter(([word]) => word === 'error').join()).not.toContain('memory only')
    kept.push(...said.flatMap(([word, name]) => (word === 'kept' ? name : [])))
    told.push(...said.flatMap(([word, name]) => (word === 'accepted' ? name : [])))
  }
  expect(await run({ url, path })).toContainEqual(['left', '0'])
  const names = [...stored.values()].map(record => `${Object(record).user}`)
  expect(kept.length).toBeGreaterThan(500)
  expect(told.length).toBeGreaterThan(100)
  expect(new Set(names).size).toBe(names.length)
  expect(names).toEqual(expect.arrayContaining(told))
  expect(names).toEqual(expect.arrayContaining(kept))
  const left = fileOutbox({ path })
  onTestFinished(async () => {
    await left.release?.()
  })
  expect(await left.load()).toEqual([])
})

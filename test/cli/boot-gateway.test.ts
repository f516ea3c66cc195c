import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { bootGateway } from '../../cli/boot-gateway.ts'
import type { GatewayBuild } from '../../cli/gateway-build.ts'
import { isSameProcess, type ProcessNote } from '../../cli/process-note.ts'
import { tempFolder } from './support/temp-folder.ts'

/** A Worker of four lines: how a gateway is booted does not depend on what it does. */
const build: GatewayBuild = {
  script: `export default { async fetch(request, env) {
    console.log('asked')
    await env.LOG.put('key', env.TIDEGATE_KEYS)
    return new Response(await (await env.LOG.get('key')).text() + ' ' + env.TIDEGATE_ORIGINS)
  } }`,
  settings: {
    compatibilityDate: '2026-10-01',
    compatibilityFlags: [],
    bindings: { TIDEGATE_ORIGINS: '' },
    durableObjects: {},
    kvNamespaces: [],
    r2Buckets: ['LOG'],
    cronTriggers: [],
  },
}

test('it serves with keys and origins, logs, notes workerd and ends it', async () => {
  const stateFolder = join(await tempFolder())
  const notes: ProcessNote[] = []
  const logged: string[] = []
  const signals = process.listenerCount('SIGINT')
  const gateway = await bootGateway({
    stateFolder,
    port: 0,
    keyEntries: 'entries',
    origins: 'loopback',
    build,
    onLog: line => logged.push(line),
    onWorkerd: async found => void notes.push(...found),
  })
  expect(await (await fetch(gateway.url)).text()).toBe('entries loopback')
  expect(notes.map(({ pid }) => pid)).toEqual(gateway.pids)
  expect(process.listenerCount('SIGINT')).toBe(signals)
  await gateway.stop()
  expect(await Promise.all(notes.map(isSameProcess))).toEqual([false])
  expect(logged).toEqual(['log: asked'])
})

test('a port that is taken is named', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const stateFolder = await tempFolder()
  const options = { stateFolder, port, keyEntries: '', origins: '', build, onLog: () => {} }
  await expect(bootGateway(options)).rejects.toThrow(`Port ${port} is in use by another program.`)
})

import { readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../build/run.ts'
import { codeOfFile, fencedCode } from './support/fenced-code.ts'
import { type InstalledPackage, installPackage } from './support/installed-package.ts'
import { type ServedPackage, servePackage } from './support/serve-package.ts'

const repoFolder = fileURLToPath(new URL('../..', import.meta.url))
const readme = await readFile(join(repoFolder, 'README.md'), 'utf8')
const clientPage = await readFile(join(repoFolder, 'docs', 'client.md'), 'utf8')
const workspacePage = await readFile(join(repoFolder, 'docs', 'workspace.md'), 'utf8')
const onPort = (text: string): string => text.replaceAll(':8787', `:${served.port}`)

/** The command that prints features, and the first line that it prints. */
const featuresLines = /\$ (tidegate get-features .*)\n(.*)\n/

let installed: InstalledPackage
let served: ServedPackage

beforeAll(async () => {
  installed = await installPackage()
  await installed.lend('@types/node')
  await installed.lend('miniflare')
  served = await servePackage(installed)
  for (const file of ['definitions.ts', 'push.ts']) {
    await installed.write(file, onPort(codeOfFile(readme, file)))
  }
  await installed.write('read.ts', onPort(codeOfFile(workspacePage, 'read.ts')))
  for (const file of ['push-all.ts', 'outboxes.ts']) {
    await installed.write(file, onPort(codeOfFile(clientPage, file)))
  }
})
afterAll(async () => {
  await served?.stop()
  await installed?.remove()
})

describe('the code of the README, of docs/client.md and of docs/workspace.md', () => {
  it.each(['nodenext', 'bundler'])('is typed as a consumer sees it, resolved as %s', async kind => {
    await installed.write(
      'wrong.ts',
      `import { createClient } from 'tidegate/client'
       import { orders } from './definitions.ts'
       const client = createClient({ url: '', key: '', workspace: '' })
       const at = '2026-01-01T00:00:00Z'
       client.push(orders, { at, customer: 'c1', total: 1 })
       // @ts-expect-error A field is missing.
       client.push(orders, { at, customer: 'c1' })
       // @ts-expect-error A field has another type.
       client.push(orders, { at, customer: 1, total: 1 })
       // @ts-expect-error There is no such field.
       client.push(orders, { at, customer: 'c1', total: 1, more: 1 })`,
    )
    await installed.write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          target: 'es2023',
          lib: ['es2023', 'dom', 'dom.iterable'],
          types: ['node'],
          module: kind === 'nodenext' ? 'nodenext' : 'esnext',
          moduleResolution: kind,
          allowImportingTsExtensions: true,
        },
        files: ['definitions.ts', 'push.ts', 'push-all.ts', 'outboxes.ts', 'read.ts', 'wrong.ts'],
      }),
    )
    const tsc = join(repoFolder, 'node_modules', 'typescript', 'bin', 'tsc')
    expect(await installed.node([tsc, '--project', 'tsconfig.json'])).toEqual({
      code: 0,
      output: '',
    })
  })

  it('declares, pushes and reads as its commands say', async () => {
    const commands = fencedCode(readme).find(({ text }) => text.includes('tidegate apply'))?.text
    // Node and the package's command come first, as in a script of npm.
    const path = [
      join(installed.folder, 'node_modules', '.bin'),
      dirname(process.execPath),
      process.env.PATH,
    ].join(delimiter)
    const { code, output } = await run('bash', ['-euc', commands ?? 'false'], {
      quiet: true,
      cwd: installed.folder,
      env: { PATH: path, TIDEGATE_URL: `http://127.0.0.1:${served.port}` },
    })
    const applied = 'Workspace shop is now at version 1: 4 objects changed.'
    expect([code, output]).toEqual([0, expect.stringContaining(applied)])
    const [acknowledged, row] = output.trim().split('\n').slice(-2)
    expect(acknowledged).toBe('accepted')
    expect(row).toMatch(/^\{"at":"[^"]+Z","customer":"c1","total":12\.5\}$/)
    expect(await unknownRoutes()).toEqual([])
    const { admin, ingest } = await keys()
    const all = await run(process.execPath, ['push-all.ts'], {
      quiet: true,
      cwd: installed.folder,
      env: { TIDEGATE_KEY: ingest },
    })
    expect(all).toEqual({ code: 0, output: 'accepted 2000\n' })
    const read = await run(process.execPath, ['read.ts'], {
      quiet: true,
      cwd: installed.folder,
      env: { TIDEGATE_KEY: admin },
    })
    const said = '201 orders of c1, the latest of 1991\nPRESENT MISSING_DATA\n'
    expect(read).toEqual({ code: 0, output: said })
    const [, command = 'false', head] = featuresLines.exec(workspacePage) ?? []
    const printed = await run('bash', ['-euc', command], {
      quiet: true,
      cwd: installed.folder,
      env: {
        PATH: path,
        TIDEGATE_URL: `http://127.0.0.1:${served.port}`,
        TIDEGATE_KEY: admin,
        TIDEGATE_WORKSPACE: 'shop',
      },
    })
    expect(printed.code).toBe(0)
    expect(printed.output.split('\n')[0]).toBe(head)
    expect(printed.output).toMatch(/^latest_order\.total +1991 +PRESENT +\S+Z$/m)
  })

  it('lists every command that there is', async () => {
    const { output } = await installed.tidegate(['--help'])
    const commands = [...output.matchAll(/^ {2}([a-z-]+) {2,}[A-Z]/gm)].map(([, name]) => name)
    const listed = [...readme.matchAll(/^\| `tidegate ([a-z-]+)/gm)].map(([, name]) => name)
    expect(commands.length).toBeGreaterThan(5)
    expect(listed.toSorted()).toEqual(commands.toSorted())
  })
})

async function keys(): Promise<{ readonly admin: string; readonly ingest: string }> {
  const text = await readFile(join(installed.folder, '.tidegate', 'keys.json'), 'utf8')
  return v.parse(v.object({ admin: v.string(), ingest: v.string() }), JSON.parse(text))
}

/** Asks the gateway for every route of the README's table and gives those that it does not know. */
async function unknownRoutes(): Promise<readonly string[]> {
  const { admin } = await keys()
  const table = readme.slice(readme.indexOf('| route |'), readme.indexOf('## Deploy'))
  const routes = [...table.matchAll(/`(GET|POST) ([^`]+)`/g)]
  expect(routes.length).toBeGreaterThan(10)
  const asked = routes.map(async ([route, method = '', path = '']) => {
    const filled = path
      .replace('{source}', '/api/v1/workspaces/{workspace}/sources/orders')
      .replace('{workspace}', 'shop')
      .replace('{name}', 'none')
    const body = method === 'POST' ? { body: '{}' } : {}
    const headers = { authorization: `Bearer ${admin}` }
    const reply = await fetch(`http://127.0.0.1:${served.port}${filled}`, {
      method,
      headers,
      ...body,
    })
    return (await reply.text()).includes('unknown_route') ? [route] : []
  })
  return (await Promise.all(asked)).flat()
}

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyEntryOf, mintKey } from '../../shared/keys.ts'
import { type InstalledPackage, installPackage } from './support/installed-package.ts'

let installed: InstalledPackage
let files: readonly string[]

beforeAll(async () => {
  installed = await installPackage()
  await installed.lend('react')
  const entries = await readdir(join(installed.folder, 'node_modules', 'tidegate'), {
    recursive: true,
    withFileTypes: true,
  })
  const root = join(installed.folder, 'node_modules', 'tidegate')
  files = entries
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
})
afterAll(() => installed?.remove())

describe('what is installed', () => {
  it('is the package and two others: no Node, no wrangler, nothing to build with', async () => {
    expect((await installed.packages()).filter(name => name !== 'react')).toEqual([
      'ky',
      'tidegate',
      'valibot',
    ])
  })

  it('holds modules, declarations and the texts that belong to it', () => {
    expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'CHANGELOG.md']))
    const others = files.filter(file => !/\.js$|\.d\.ts$|^[A-Z]+(?:\.md)?$/.test(file))
    expect(others.sort()).toEqual(['gateway-build.json', 'package.json'])
  })

  it('names no module that did not come along', async () => {
    const root = join(installed.folder, 'node_modules', 'tidegate')
    const missing: string[] = []
    for (const file of files.filter(file => /\.(?:js|d\.ts)$/.test(file))) {
      const text = await readFile(join(root, file), 'utf8')
      for (const [, specifier = ''] of text.matchAll(/(?:from |import\()["'](\.[^"']+)["']/g)) {
        const target = join(file, '..', specifier)
        const wanted = file.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target
        if (!files.includes(wanted)) missing.push(`${file}: ${specifier}`)
      }
    }
    expect(missing).toEqual([])
  })
})

describe('the doors', () => {
  it('open in Node', async () => {
    await installed.write(
      'doors.js',
      `const names = async door => Object.keys(await import(door))
       const outboxes = ['idb', 'storage', 'node'].map(kind => 'tidegate/client/' + kind)
       const doors = ['tidegate', 'tidegate/types', 'tidegate/expressions', 'tidegate/client', ...outboxes, 'tidegate/react', 'tidegate/client/react-native']
       console.log(JSON.stringify(await Promise.all(doors.map(names))))`,
    )
    const { code, output } = await installed.node(['doors.js'])
    expect([code, output]).toEqual([0, expect.stringMatching(/^\[/)])
    const [definitions, types, expressions, client, ...others] = JSON.parse(output)
    const names =
      'Aggregate Attribute Entity FeatureService FileConfig HiveConfig LifetimeWindow PushConfig PushSource StreamFeatureView StreamSource TimeWindow TimeWindowSeries ValidationError approxCountDistinct approxPercentile eventTimeFieldOf first firstDistinct last lastDistinct warningsOf'
    expect(definitions).toEqual(names.split(' '))
    expect(types).toEqual(expect.arrayContaining(['Field', 'Int64', 'Struct', 'Timestamp']))
    expect(expressions).toEqual(expect.arrayContaining(['add', 'columns', 'postProcess', 'rowSql']))
    expect(client).toEqual(['createClient', 'memoryOutbox'])
    expect(others).toEqual([
      ['idbOutbox'],
      ['mmkvStorage', 'storageOutbox', 'webStorage'],
      ['fileOutbox'],
      ['TidegateProvider', 'usePush'],
      ['reactNative'],
    ])
  })

  it('tell frameworks that render on servers that hooks are for the client', async () => {
    const path = join('node_modules', 'tidegate', 'client', 'react', 'tidegate-provider.js')
    expect(await readFile(join(installed.folder, path), 'utf8')).toMatch(/^["']use client["']/)
  })

  it('read a workspace, and ask for the package that makes Arrow tables', async () => {
    await installed.write(
      'workspace.js',
      `import { PushConfig, StreamSource } from 'tidegate'
       import { Field, Int64 } from 'tidegate/types'
       import { getWorkspace } from 'tidegate/workspace'
       const source = StreamSource({
         name: 'numbers',
         streamConfig: PushConfig({ logOffline: true }),
         schema: [Field('n', Int64)],
       })
       const workspace = getWorkspace('demo', { url: 'http://127.0.0.1:1', key: 'none' })
       const frame = workspace.source(source).getDataframe()
       await frame.toArrow().catch(({ message }) => console.log(message))`,
    )
    expect(await installed.node(['workspace.js'])).toEqual({
      code: 0,
      output: expect.stringMatching(/cannot be loaded here: npm install @uwdata\/flechette\.\n$/),
    })
  })

  it('make training data, and ask for the package that computes it', async () => {
    await installed.write(
      'offline.js',
      `import { Attribute, Entity, PushConfig, StreamFeatureView, StreamSource } from 'tidegate'
       import { openOffline } from 'tidegate/offline'
       import { Field, Int64, String, Timestamp } from 'tidegate/types'
       import { getWorkspace } from 'tidegate/workspace'
       const source = StreamSource({
         name: 'numbers',
         streamConfig: PushConfig({ logOffline: true }),
         schema: [Field('k', String), Field('n', Int64), Field('at', Timestamp)],
       })
       const entities = [Entity({ name: 'k', joinKeys: [Field('k', String)] })]
       const features = [Attribute('n', Int64)]
       const view = StreamFeatureView({ name: 'newest', source, entities, features })
       const workspace = getWorkspace('demo', { url: 'http://127.0.0.1:1', key: 'none' })
       await openOffline(workspace)
         .getFeaturesForEvents(view, [{ k: 'a', at: '2026-01-01' }], { timestampKey: 'at' })
         .catch(({ message }) => console.log(message))`,
    )
    expect(await installed.node(['offline.js'])).toEqual({
      code: 0,
      output: expect.stringMatching(/cannot be loaded here: npm install @duckdb\/node-api\.\n$/),
    })
  })

  it('hold a Worker: a default handler and the four classes', async () => {
    await installed.write(
      'worker.js',
      "export * from 'tidegate/gateway'\nexport { default } from 'tidegate/gateway'",
    )
    const { metafile } = await build({
      entryPoints: [join(installed.folder, 'worker.js')],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      logLevel: 'silent',
      external: [
        'cloudflare:*',
        'node:*',
        '@uwdata/flechette',
        'hono',
        'hyparquet',
        'hyparquet-writer',
      ],
    })
    const [output] = Object.values(metafile.outputs)
    expect(output?.exports.toSorted()).toEqual([
      'Catalogue',
      'FeatureShard',
      'LogPartition',
      'Registry',
      'default',
    ])
    const asked = new Set(output?.imports.map(({ path }) => path))
    expect([...asked].sort()).toEqual([
      '@uwdata/flechette',
      'cloudflare:workers',
      'hono',
      'hyparquet',
      'hyparquet-writer',
      // Pieces of its own, exported as such: parts of scalars are encoded from them.
      'hyparquet-writer/src/datapage.js',
      'hyparquet-writer/src/dictionary.js',
      'hyparquet-writer/src/encoding.js',
      'node:crypto',
      'node:zlib',
    ])
  })

  it('weigh little: the client, and what it brings along', async () => {
    await installed.write('push.js', "export { createClient } from 'tidegate/client'")
    const { metafile, outputFiles } = await build({
      entryPoints: [join(installed.folder, 'push.js')],
      bundle: true,
      write: false,
      metafile: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
    })
    const packages = Object.keys(metafile.inputs).flatMap(
      path => /node_modules\/([^/]+)/.exec(path)?.[1] ?? [],
    )
    expect([...new Set(packages)]).toEqual(['tidegate'])
    expect(gzipSync(outputFiles[0]?.contents ?? '').byteLength).toBeLessThan(7_100)
  })
})

describe('the command', () => {
  const answers = async (args: readonly string[], env?: NodeJS.ProcessEnv) => {
    const { code, output } = await installed.tidegate(args, { TIDEGATE_KEY: '', ...env })
    return [code, output.trim()] as const
  }

  it('says its version and its commands', async () => {
    expect(await answers(['--version'])).toEqual([0, '0.1.0'])
    expect(await answers(['--help'])).toEqual([
      0,
      expect.stringContaining('Usage: tidegate COMMAND'),
    ])
  })

  it('says in a sentence that a key is needed, that nothing answers, and what must be installed', async () => {
    const columns = ['get-columns', 'flights', '--workspace', 'demo', '--url', 'http://127.0.0.1:1']
    expect(await answers(columns)).toEqual([2, expect.stringMatching(/^A key is needed: .*\.$/)])

    const key = mintKey('admin', 'aaaaaaaaaa-auto', count => new Uint8Array(count))
    expect(await keyEntryOf(key)).toMatch(/^admin:/)
    const [code, sentence] = await answers(columns, { TIDEGATE_KEY: key })
    expect([code, sentence.split('\n').length]).toEqual([1, 1])
    expect(sentence).toContain('127.0.0.1:1')

    expect(await answers(['dev', '--port', '8799'])).toEqual([
      1,
      expect.stringContaining('npm install --save-dev miniflare@beta'),
    ])
  })
})

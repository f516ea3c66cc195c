import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { CliError } from '../../cli/cli-error.ts'
import { type LoadOptions, loadDefinitions } from '../../cli/load-definitions.ts'
import { decodeDefinitions } from '../../shared/workspace-definitions.ts'
import { tempFolder } from './support/temp-folder.ts'

const doors = {
  tidegate: fileURLToPath(new URL('../../shared/index.ts', import.meta.url)),
  'tidegate/types': fileURLToPath(new URL('../../shared/types.ts', import.meta.url)),
}

/** Writes modules into a folder; `tidegate` in them is this repository. */
async function folderOf(modules: Readonly<Record<string, string>>): Promise<string> {
  const folder = await tempFolder()
  for (const [name, text] of Object.entries(modules)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(
      join(folder, name),
      text.replace(/from '(tidegate(?:\/types)?)'/g, (_, door: keyof typeof doors) => {
        return `from '${doors[door]}'`
      }),
    )
  }
  return folder
}

const head = `import { Attribute, Entity, FeatureService, PushConfig, PushSource, StreamFeatureView, StreamSource } from 'tidegate'
import { Field, Int64, String, Timestamp } from 'tidegate/types'
`
const source = (name: string, more = '') =>
  `${head}export const ${name} = PushSource({ name: '${name}', schema: [Field('id', String)]${more} })\n`

async function load(folder: string, options?: LoadOptions) {
  const loaded = await loadDefinitions(folder, 'demo', options)
  return { ...loaded, definitions: decodeDefinitions(JSON.parse(loaded.json)) }
}

async function failure(path: string, options?: LoadOptions): Promise<string> {
  const outcome = await loadDefinitions(path, 'demo', options).catch((error: unknown) => error)
  if (!(outcome instanceof CliError)) throw new Error(`It did not fail: ${JSON.stringify(outcome)}`)
  return outcome.message
}

test('a folder is walked; hidden folders, node_modules, tests and declarations are left out', async () => {
  const folder = await folderOf({
    'a.ts': source('a'),
    'deep/er/b.mts': source('b'),
    'c.js': source('c'),
    'list.ts': `${head}export const all = ['d', 'e'].map(name => PushSource({ name, schema: [Field('id', String)] }))\n`,
    '.hidden/h.ts': 'throw new Error("hidden")',
    '.h.ts': 'throw new Error("hidden")',
    'node_modules/n/n.ts': 'throw new Error("installed")',
    'a.test.ts': 'throw new Error("a test")',
    'tests/t.ts': 'throw new Error("a test")',
    '__tests__/t.ts': 'throw new Error("a test")',
    'types.d.ts': 'throw new Error("a declaration")',
    'readme.md': 'no module',
  })
  const { definitions, files, objects } = await load(folder)
  expect(definitions.sources.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect({ files, objects }).toEqual({ files: 4, objects: 5 })
  expect((await load(join(folder, 'a.ts'))).definitions.sources).toHaveLength(1)
})

test('links are not followed, and said', async () => {
  const outside = await folderOf({ 'outside.ts': source('outside') })
  const folder = await folderOf({ 'a.ts': source('a') })
  await symlink(outside, join(folder, 'folder'))
  await symlink(join(outside, 'outside.ts'), join(folder, 'file.ts'))
  await symlink(folder, join(folder, 'circle'))
  const { definitions, links } = await load(folder)
  expect(definitions.sources.map(({ name }) => name)).toEqual(['a'])
  expect(links).toEqual(['circle', 'file.ts', 'folder'].map(name => join(folder, name)))
})

test('a name that two files give is refused with both files', async () => {
  const folder = await folderOf({ 'one.ts': source('a'), 'deep/two.ts': source('a') })
  const said = await failure(folder)
  expect(said).toContain('Two stream sources are named "a"')
  expect(said).toContain(join(folder, 'one.ts'))
  expect(said).toContain(join(folder, 'deep/two.ts'))

  const cases = await folderOf({ 'one.ts': source('ab'), 'two.ts': source('aB') })
  expect(await failure(cases)).toMatch(/"ab" and "aB", which is the same|"aB" and "ab"/)

  const viewOn = (name: string, key: string) => `${head}
const source = StreamSource({ name: '${name}', streamConfig: PushConfig({ logOffline: true }), schema: [Field('id', String), Field('${key}', Int64), Field('at', Timestamp)] })
export const ${name}_view = StreamFeatureView({ name: '${name}_view', source, entities: [Entity({ name: 'who', joinKeys: [Field('id', String)], description: '${key}' })], features: [Attribute('${key}', Int64)] })
`
  const inline = await folderOf({ 'one.ts': viewOn('a', 'x'), 'two.ts': viewOn('b', 'y') })
  expect(await failure(inline)).toContain('Two entities are named "who"')
  const equal = await folderOf({ 'one.ts': viewOn('a', 'x'), 'two.ts': viewOn('b', 'x') })
  expect((await load(equal)).definitions.entities).toHaveLength(1)
})

test('one object that several files export is one', async () => {
  const folder = await folderOf({
    'a.ts': source('a'),
    'again.ts': "export { a, a as another } from './a.ts'\nexport * as all from './a.ts'",
  })
  expect((await load(folder)).objects).toBe(1)
})

test('a file that throws is named, also where another imports it', async () => {
  const folder = await folderOf({
    'a.ts': "import './deep/broken.ts'\nexport const one = 1\n",
    'deep/broken.ts': "\nthrow new Error('the table is closed')\n",
  })
  expect(await failure(folder)).toBe(
    `${join(folder, 'deep/broken.ts')} cannot be imported (line 2): the table is closed.`,
  )
  const wrong = await folderOf({ 'wrong.ts': source('a', ", owner: 7, tags: 'x'") })
  expect(await failure(wrong)).toMatch(
    /wrong\.ts cannot be imported \(line 3\): PushSource "a": owner/,
  )
  const unreadable = await folderOf({ 'a.ts': 'export const = 1' })
  expect(await failure(unreadable)).toContain(`${join(unreadable, 'a.ts')} cannot be imported`)
  const missing = await folderOf({ 'a.ts': "import './nothing.ts'" })
  expect(await failure(missing)).toContain(`${join(missing, 'a.ts')} cannot be imported`)
  const thrown = await folderOf({ 'a.ts': "throw 'no error'" })
  expect(await failure(thrown)).toBe(`${join(thrown, 'a.ts')} cannot be imported: no error.`)
})

test('modules that need each other, and references that lead nowhere, are said', async () => {
  const folder = await folderOf({
    'a.ts': "import { b } from './b.ts'\nexport const a = [b]\n",
    'b.ts': "import { a } from './a.ts'\nexport const b = [a]\n",
  })
  expect(await failure(folder)).toMatch(/b\.ts cannot be imported .*in a circle\?/)
  const dangling = await folderOf({
    'a.ts': `${head}const nothing = undefined
export const view = StreamFeatureView({ name: 'v', source: nothing, entities: [], features: [] })`,
  })
  expect(await failure(dangling)).toContain('StreamFeatureView "v": source')
})

test.each([
  ['waits', 'await new Promise(() => setInterval(() => {}, 1_000))'],
  ['waits for nothing', 'await new Promise(() => {})'],
  ['loops', 'for (;;) {}'],
])('a file that %s for ever is ended and named', async (_, text) => {
  const folder = await folderOf({ 'a.ts': source('a'), 'b.ts': text })
  const said = await failure(folder, { timeoutMs: 5_000 })
  expect(said).toContain(join(folder, 'b.ts'))
  expect(said).toContain('did not come to an end within 5 s')
})

test('nothing of a file that was ended goes on', async () => {
  const folder = await folderOf({
    'a.ts': `import { writeFileSync } from 'node:fs'
writeFileSync(new URL('pid', import.meta.url), process.pid + '')
for (;;) {}`,
  })
  await failure(folder, { timeoutMs: 5_000 })
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'))
  expect(pid).toBeGreaterThan(1)
  await expect.poll(() => isAlive(pid)).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a file that ends the process is named', async () => {
  const folder = await folderOf({ 'a.ts': 'process.exit(0)' })
  expect(await failure(folder)).toBe(
    `${join(folder, 'a.ts')} ended the program (exit code 0) instead of declaring.`,
  )
})

test('what stays open does not keep the process, and what is printed is passed on', async () => {
  const folder = await folderOf({
    'a.ts': `${source('a')}setInterval(() => {}, 1_000)\nconsole.log('from a')\nprocess.send({ what: 'mine' })\n`,
  })
  let printed = ''
  const { definitions } = await load(folder, { onOutput: text => (printed += text) })
  expect(definitions.sources).toHaveLength(1)
  expect(printed).toBe('from a\n')
})

test('the process of definitions knows no key', async () => {
  const folder = await folderOf({
    'a.ts': `${head}export const a = PushSource({ name: process.env.TIDEGATE_KEY ? 'known' : 'unknown', schema: [Field('id', String)] })`,
  })
  process.env.TIDEGATE_KEY = 'secret'
  try {
    expect((await load(folder)).definitions.sources[0]?.name).toBe('unknown')
  } finally {
    delete process.env.TIDEGATE_KEY
  }
})

test('a stop ends the process', async () => {
  const folder = await folderOf({ 'a.ts': 'for (;;) {}' })
  const abort = new AbortController()
  const stopped = failure(folder, { signal: abort.signal })
  abort.abort()
  expect(await stopped).toBe('Stopped.')
})

test('nothing declared is refused unless it is meant', async () => {
  const folder = await folderOf({ 'a.ts': 'export const one = 1' })
  expect(await failure(folder)).toContain('exports no definitions')
  expect((await load(folder, { allowEmpty: true })).definitions.sources).toEqual([])
  expect(await failure(await tempFolder())).toContain('holds no .ts or .js module')
  expect(await failure('/nowhere')).toBe('There is no file or folder /nowhere.')
})

test('a thousand sources in a thousand files are read', async () => {
  const names = Array.from({ length: 1_000 }, (_, at) => `source_${at}`)
  const folder = await folderOf(
    Object.fromEntries(names.map(name => [`${name}.ts`, source(name)] as const)),
  )
  const { definitions, files } = await load(folder)
  expect(definitions.sources).toHaveLength(1_000)
  expect(files).toBe(1_000)
})

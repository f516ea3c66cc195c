import { execFile } from 'node:child_process'
import { readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { streamFileSafely } from '../../cli/stream-file-safely.ts'
import { writeFileSafely } from '../../cli/write-file-safely.ts'
import { tempFolder } from './support/temp-folder.ts'

const bytes = (text: string) => [new TextEncoder().encode(text)]

test('a file is there for its owner when it is whole', async () => {
  const path = join(await tempFolder(), 'plan.json')
  await writeFileSafely(path, 'old')
  await writeFileSafely(path, 'new')
  expect(await readFile(path, 'utf8')).toBe('new')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('what breaks off leaves the old file, and no draft', async () => {
  const folder = await tempFolder()
  const path = join(folder, 'rows.ndjson')
  await writeFile(path, 'old')
  const broken = (function* () {
    yield* bytes('half')
    throw new Error('It broke.')
  })()
  await expect(streamFileSafely(path, broken)).rejects.toThrow('It broke.')
  expect(await readFile(path, 'utf8')).toBe('old')
  expect(await readdir(folder)).toEqual(['rows.ndjson'])
})

test('a link is written through', async () => {
  const folder = await tempFolder()
  const [path, to] = [join(folder, 'link'), join(folder, 'rows.ndjson')]
  await writeFile(to, 'old')
  await symlink(to, path)
  await streamFileSafely(path, bytes('new'))
  expect(await readFile(to, 'utf8')).toBe('new')
  expect(await readlink(path)).toBe(to)
})

test('a pipe is written to and stays one', async () => {
  const path = join(await tempFolder(), 'pipe')
  await promisify(execFile)('mkfifo', [path])
  const read = promisify(execFile)('timeout', ['10', 'cat', path])
  await streamFileSafely(path, bytes('rows'))
  expect((await stat(path)).isFIFO()).toBe(true)
  expect((await read).stdout).toBe('rows')
})

test('where nothing can be written, it is said why', async () => {
  const folder = await tempFolder()
  await expect(writeFileSafely(join(folder, 'no', 'plan.json'), '')).rejects.toThrow(
    /plan\.json cannot be written: there is no such folder\. Make it, or name another\.$/,
  )
  await expect(writeFileSafely(folder, '')).rejects.toThrow(
    'cannot be written: it is a folder. Name a file in it.',
  )
  await writeFile(join(folder, 'file'), '')
  await expect(writeFileSafely(join(folder, 'file', 'plan.json'), '')).rejects.toThrow(
    'what should be its folder is none',
  )
  expect(await readdir(folder)).toEqual(['file'])
})

import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { keys } from '../../cli/commands/keys.ts'
import { keyEntryOf, parseKey, parseKeyEntries } from '../../shared/keys.ts'
import { tempFolder } from './support/temp-folder.ts'

async function run(folder: string, args: readonly string[]) {
  const stdout = new PassThrough()
  const printed = text(stdout)
  const stderr = { write: () => {} }
  const { signal } = new AbortController()
  const exitCode = await keys.run({ args, env: {}, folder, stdout, stderr, signal })
  stdout.end()
  return { exitCode, output: (await printed).trim() }
}

test('mints both keys of a workspace and prints what a gateway needs to know them', async () => {
  const folder = await tempFolder()
  const { exitCode, output } = await run(folder, ['keys.json', '--location', 'weur'])
  const path = join(folder, 'keys.json')
  const minted = JSON.parse(await readFile(path, 'utf8'))
  expect(exitCode).toBe(0)
  expect(minted.workspaceId).toMatch(/^[a-z2-7]{10}-weur$/)
  expect(parseKey(minted.admin)).toEqual({ kind: 'admin', workspaceId: minted.workspaceId })
  expect(parseKey(minted.ingest)).toEqual({ kind: 'ingest', workspaceId: minted.workspaceId })
  expect(output.split(',')).toEqual([
    await keyEntryOf(minted.admin),
    await keyEntryOf(minted.ingest),
  ])
  expect(parseKeyEntries(output)).toHaveLength(2)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(output).not.toContain(minted.admin)
})

test('never overwrites keys, and knows its places', async () => {
  const folder = await tempFolder()
  await run(folder, ['keys.json'])
  const before = await readFile(join(folder, 'keys.json'), 'utf8')
  await expect(run(folder, ['keys.json'])).rejects.toThrow('keys are never overwritten')
  expect(await readFile(join(folder, 'keys.json'), 'utf8')).toBe(before)
  await expect(run(folder, ['nowhere/keys.json'])).rejects.toThrow('there is no such folder')
  await expect(run(folder, ['other.json', '--location', 'mars'])).rejects.toThrow(
    '--location is one of',
  )
})

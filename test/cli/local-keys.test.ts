import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeStateFolder, readLocalKeys } from '../../cli/local-keys.ts'
import { parseKey, parseKeyEntries } from '../../shared/keys.ts'
import { tempFolder } from './support/temp-folder.ts'

async function stateFolder(): Promise<string> {
  const folder = join(await tempFolder(), '.tidegate')
  await makeStateFolder(folder)
  return folder
}

test('keys are minted once, for their owner only', async () => {
  const folder = await stateFolder()
  const keys = await readLocalKeys(folder)
  expect(await readLocalKeys(folder)).toEqual(keys)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect((await stat(keys.path)).mode & 0o777).toBe(0o600)
  expect(parseKey(keys.admin)).toEqual({ kind: 'admin', workspaceId: keys.workspaceId })
  expect(parseKey(keys.ingest)).toEqual({ kind: 'ingest', workspaceId: keys.workspaceId })
  expect(parseKeyEntries(keys.entries).map(({ kind }) => kind)).toEqual(['admin', 'ingest'])
  expect(keys.entries).not.toContain(keys.admin)
})

test('a damaged keys.json is never replaced', async () => {
  const folder = await stateFolder()
  await writeFile(join(folder, 'keys.json'), '{"admin":')
  await expect(readLocalKeys(folder)).rejects.toThrow('keys.json cannot be read as keys')
  expect(await readFile(join(folder, 'keys.json'), 'utf8')).toBe('{"admin":')
})

import { randomBytes } from 'node:crypto'
import { access, chmod, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { keyEntryOf, mintId, mintKey, parseKey } from '../shared/keys.ts'
import { CliError, hasCode } from './cli-error.ts'
import { writeFileSafely } from './write-file-safely.ts'

/** What a `keys.json` holds: the two keys of one workspace. */
export const keysFileSchema = v.object({
  workspaceId: v.string(),
  admin: v.pipe(v.string(), v.check(isKeyOf('admin'), 'is no admin key')),
  ingest: v.pipe(v.string(), v.check(isKeyOf('ingest'), 'is no ingest key')),
})
type KeysFile = v.InferOutput<typeof keysFileSchema>

/** Keys of the gateway on this machine, and the lines by which that gateway knows them. */
export interface LocalKeys extends KeysFile {
  readonly path: string
  /** The value of `TIDEGATE_KEYS`. */
  readonly entries: string
}

/** Makes the state folder, readable by its owner only. */
export async function makeStateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(path, 0o700)
}

/** Reads the state folder's keys, or mints them once. */
export async function readLocalKeys(stateFolder: string): Promise<LocalKeys> {
  const path = join(stateFolder, 'keys.json')
  const keys = (await readKeys(path)) ?? (await mintKeys(path, `${mintId(10, randomBytes)}-auto`))
  const entries = await Promise.all([keyEntryOf(keys.admin), keyEntryOf(keys.ingest)])
  return { ...keys, path, entries: entries.join(',') }
}

async function readKeys(path: string): Promise<KeysFile | undefined> {
  try {
    return v.parse(keysFileSchema, JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    // The stored rows belong to these keys' workspace: minting new ones would hide them.
    throw new CliError(
      `${path} cannot be read as keys. Put it right, or remove the whole state folder to begin anew.`,
      { cause: error },
    )
  }
}

/** Mints a workspace's keys into a file that does not exist yet, for its owner only. */
export async function mintKeys(path: string, workspaceId: string): Promise<KeysFile> {
  const keys = {
    workspaceId,
    admin: mintKey('admin', workspaceId, randomBytes),
    ingest: mintKey('ingest', workspaceId, randomBytes),
  }
  if (await exists(path)) {
    throw new CliError(`${path} exists; keys are never overwritten. Name another file.`)
  }
  await writeFileSafely(path, `${JSON.stringify(keys, null, 2)}\n`)
  return keys
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

function isKeyOf(kind: 'admin' | 'ingest'): (text: string) => boolean {
  return text => parseKey(text)?.kind === kind
}

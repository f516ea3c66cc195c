import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { type KeyKind, parseKey } from '../shared/keys.ts'
import { hasCode, usageError } from './cli-error.ts'
import { keysFileSchema } from './local-keys.ts'

export interface KeyPlaces {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly keyFile: string | undefined
}

/**
 * Finds the key: `--key-file` first, then TIDEGATE_KEY; never an argument, which every user of the machine
 * could read in the list of processes. Of a `keys.json` it takes the key of this kind.
 */
export async function readKey(
  { env, keyFile }: KeyPlaces,
  kind: KeyKind = 'admin',
): Promise<string> {
  const [key, place] =
    keyFile === undefined
      ? [env.TIDEGATE_KEY?.trim(), 'TIDEGATE_KEY']
      : [await readKeyFile(keyFile, kind), keyFile]
  if (key === undefined || key === '') {
    throw usageError(
      'A key is needed: set TIDEGATE_KEY, or name a file that holds it by --key-file ' +
        '(of a gateway on this machine: --key-file .tidegate/keys.json).',
    )
  }
  if (parseKey(key) === undefined) {
    throw usageError(
      `${place} holds no Tidegate key: its form or its checksum is wrong. A key begins with tg_admin_ or tg_ingest_.`,
    )
  }
  return key
}

async function readKeyFile(path: string, kind: KeyKind): Promise<string> {
  const text = (await readText(path)).trim()
  if (!text.startsWith('{')) return text
  try {
    return v.parse(keysFileSchema, JSON.parse(text))[kind]
  } catch (error) {
    throw usageError(
      `${path} is no keys.json: it must hold "workspaceId", "admin" and "ingest".`,
      error,
    )
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const reason = hasCode(error, 'ENOENT') ? 'there is no such file' : 'it cannot be read'
    throw usageError(`The key file ${path} could not be used: ${reason}.`, error)
  }
}

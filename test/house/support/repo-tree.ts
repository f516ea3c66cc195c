import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SourceTree } from './house-rule.ts'

export const repoFolder = fileURLToPath(new URL('../../..', import.meta.url))

/** Folders that are made, not written. */
const madeFolders = ['node_modules', 'dist', '.git', '.tidegate', '.wrangler', 'coverage']
const textPattern =
  /\.(?:ts|tsx|js|mjs|json|md|toml|yml|yaml|html|sh)$|^LICENSE$|^\.ci\/|^\.[a-z]+$/

/** Reads every written text of this repository. */
export async function readRepoTree(): Promise<SourceTree> {
  const paths = await listFiles('')
  const texts = await Promise.all(
    paths.map(async path => [path, await readFile(join(repoFolder, path), 'utf8')] as const),
  )
  return new Map(texts)
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(repoFolder, folder), { withFileTypes: true })
  const nested = entries.map(async entry => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return madeFolders.includes(entry.name) ? [] : listFiles(path)
    return entry.isFile() && textPattern.test(path) ? [path] : []
  })
  return (await Promise.all(nested)).flat().sort()
}

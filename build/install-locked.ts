import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { runOrThrow } from './run.ts'

const wantedSchema = v.object({ dependencies: v.record(v.string(), v.string()) })
const installedSchema = v.object({ version: v.string() })

/**
 * Installs what a folder's own lock file has, unless it is there; gives the versions of what its manifest names.
 * No script of a package is run.
 */
export async function installLocked(folder: string): Promise<{ readonly [name: string]: string }> {
  const { dependencies } = v.parse(wantedSchema, await readJson(join(folder, 'package.json')))
  const found = await Promise.all(
    Object.keys(dependencies).map(async name => {
      const path = join(folder, 'node_modules', name, 'package.json')
      const manifest = v.safeParse(installedSchema, await readJson(path).catch(() => undefined))
      return manifest.success ? manifest.output.version : undefined
    }),
  )
  if (Object.values(dependencies).some((version, at) => version !== found[at])) {
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder]
    await runOrThrow('npm', args, { cwd: folder })
  }
  return dependencies
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'))
}

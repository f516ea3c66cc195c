import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { runOrThrow } from '../../build/run.ts'

const folder = fileURLToPath(new URL('peers', import.meta.url))
const wantedSchema = v.object({ dependencies: v.record(v.string(), v.string()) })
const installedSchema = v.object({ version: v.string() })

/** Installs the peers as their own lock file has them, unless they are there; gives their versions by name. */
export async function installPeers(): Promise<{ readonly [name: string]: string }> {
  const { dependencies } = v.parse(wantedSchema, await readJson('package.json'))
  const found = await Promise.all(Object.keys(dependencies).map(installedVersion))
  if (Object.values(dependencies).some((version, at) => version !== found[at])) {
    console.log('Installing the peers.')
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder]
    await runOrThrow('npm', args, { cwd: folder })
  }
  return dependencies
}

async function installedVersion(name: string): Promise<string | undefined> {
  const manifest = await readJson(`node_modules/${name}/package.json`).catch(() => undefined)
  const result = v.safeParse(installedSchema, manifest)
  return result.success ? result.output.version : undefined
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(`${folder}/${path}`, 'utf8'))
}

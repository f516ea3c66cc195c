import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installLocked } from '../../../build/install-locked.ts'
import type { RuntimeName } from './runtime-name.ts'

const folder = fileURLToPath(new URL('../engines', import.meta.url))

/** How a runtime is told to run a TypeScript program. */
export interface Engine {
  readonly runtime: RuntimeName
  readonly program: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/**
 * Gives Node, Deno and Bun; installs the latter two from npm, once. Their packages' own starters need an install
 * script, so the binaries are taken from the packages of this platform.
 */
export async function installEngines(): Promise<readonly Engine[]> {
  await installLocked(folder)
  return [
    { runtime: 'node', program: process.execPath, args: ['--no-warnings'], env: {} },
    {
      runtime: 'deno',
      program: binary('deno', '@deno', `${process.platform}-${process.arch}`, ['-glibc', '']),
      // No look-ups, no lock file of its own, and its cache beside it.
      args: ['run', '--allow-all', '--no-lock', '--cached-only', '--quiet'],
      env: { DENO_DIR: join(folder, 'node_modules', '.deno'), DENO_NO_UPDATE_CHECK: '1' },
    },
    {
      runtime: 'bun',
      program: binary('bin/bun', '@oven', `bun-${bunPlatform()}-${bunArch()}`, ['', '-musl']),
      args: ['--bun', '--no-install'],
      env: { BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0', DO_NOT_TRACK: '1' },
    },
  ]
}

function binary(path: string, scope: string, platform: string, flavours: readonly string[]) {
  const names = flavours.map(flavour => `${scope}/${platform}${flavour}`)
  const found = names
    .flatMap(name => [path, `${path}.exe`].map(file => join(folder, 'node_modules', name, file)))
    .find(file => existsSync(file))
  if (found === undefined) throw new Error(`npm installed none of ${names.join(', ')}.`)
  return found
}

const bunPlatform = () => (process.platform === 'win32' ? 'windows' : process.platform)
const bunArch = () => (process.arch === 'arm64' ? 'aarch64' : process.arch)

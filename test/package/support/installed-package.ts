import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packPackage } from '../../../build/pack-package.ts'
import { type Ran, run, runOrThrow } from '../../../build/run.ts'

const repoFolder = fileURLToPath(new URL('../../..', import.meta.url))

/** An empty folder into which the packed package was installed, as a user would. */
export interface InstalledPackage {
  readonly folder: string
  /** Names of all packages that came. */
  readonly packages: () => Promise<readonly string[]>
  readonly write: (path: string, text: string) => Promise<void>
  /** Runs a Node program there; never throws for its exit code. */
  readonly node: (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Ran>
  readonly tidegate: (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Ran>
  /** Makes a package of this repository importable there, as if it had been installed, too. */
  readonly lend: (name: string) => Promise<void>
  readonly remove: () => Promise<void>
}

/** Packs `dist/` and installs the tarball into an empty folder; builds first where nothing is built. */
export async function installPackage(): Promise<InstalledPackage> {
  if (!existsSync(join(repoFolder, 'dist', 'package.json'))) {
    await runOrThrow(process.execPath, ['build/build.ts'], { cwd: repoFolder })
  }
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-installed-'))
  const { tarball } = await packPackage(folder)
  const manifest = { name: 'consumer', private: true, type: 'module' }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  const install = ['install', tarball, '--no-audit', '--no-fund', '--prefer-offline']
  await runOrThrow('npm', install, { cwd: folder })

  const modules = join(folder, 'node_modules')
  const node: InstalledPackage['node'] = (args, env = {}) =>
    run(process.execPath, args, { cwd: folder, quiet: true, env })
  return {
    folder,
    packages: () => packagesIn(modules),
    async write(path, text) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    },
    node,
    tidegate: (args, env) => node([join(modules, '.bin', 'tidegate'), ...args], env),
    async lend(name) {
      await mkdir(dirname(join(modules, name)), { recursive: true })
      await symlink(join(repoFolder, 'node_modules', name), join(modules, name))
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function packagesIn(folder: string): Promise<readonly string[]> {
  const paths = await readdir(folder, { recursive: true })
  return paths
    .flatMap(
      path =>
        /^(?:.*node_modules\/)?((?:@[^/]+\/)?[^./][^/]*)\/package\.json$/.exec(path)?.[1] ?? [],
    )
    .sort()
}

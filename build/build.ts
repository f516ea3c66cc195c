import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'tsdown'
import { buildGateway } from '../cli/gateway-build.ts'
import { keepReachableDeclarations } from './declarations.ts'
import { browserDoor, doors, publishedManifest, readRepoManifest } from './manifest.ts'
import { runOrThrow } from './run.ts'

const repoFolder = fileURLToPath(new URL('..', import.meta.url))
const distFolder = join(repoFolder, 'dist')
/** The command line, and what it starts in a process of its own. */
const programs = ['cli/main', 'cli/define-process']
const texts = ['README.md', 'LICENSE', 'CHANGELOG.md']

/** Builds the package that is published into `dist/`: modules, declarations, a ready gateway, a manifest. */
async function buildPackage(): Promise<void> {
  await rm(distFolder, { recursive: true, force: true })
  const repo = readRepoManifest(await readFile(join(repoFolder, 'package.json'), 'utf8'))
  await emitModules([...Object.keys(repo.dependencies), ...Object.keys(repo.devDependencies)])
  await emitBrowserFile()
  await Promise.all([emitDeclarations(), emitGateway()])
  const manifest = JSON.stringify(publishedManifest(repo), null, 2)
  await writeFile(join(distFolder, 'package.json'), `${manifest}\n`)
  await Promise.all(texts.map(name => copyFile(join(repoFolder, name), join(distFolder, name))))
  await chmod(join(distFolder, 'cli', 'main.js'), 0o755)
}

/** One module of JavaScript for each of ours: what a bundler shakes best and a person can read. */
async function emitModules(packages: readonly string[]): Promise<void> {
  await build({
    config: false,
    cwd: repoFolder,
    entry: Object.fromEntries(
      [...Object.values(doors), ...programs].map(module => [module, `${module}.ts`] as const),
    ),
    outDir: distFolder,
    clean: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    unbundle: true,
    dts: false,
    fixedExtension: false,
    deps: { neverBundle: [/^(?:node|cloudflare):/, ...packages] },
    logLevel: 'warn',
    // 'use client' is preserved, since modules stay apart; the package's test looks.
    checks: { moduleLevelDirective: false },
  })
}

/** One minified file that imports nothing, for pages without a bundler. */
async function emitBrowserFile(): Promise<void> {
  await build({
    config: false,
    cwd: repoFolder,
    entry: { [browserDoor.module]: `${browserDoor.module}.ts` },
    outDir: distFolder,
    clean: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    minify: true,
    dts: false,
    fixedExtension: false,
    logLevel: 'warn',
  })
  const file = await readFile(join(distFolder, `${browserDoor.module}.js`))
  const gzipBytes = gzipSync(file, { level: 9 }).byteLength
  process.stdout.write(`${browserDoor.module}.js: ${file.byteLength} bytes, ${gzipBytes} gzip\n`)
}

async function emitDeclarations(): Promise<void> {
  const tsc = join(repoFolder, 'node_modules', 'typescript', 'bin', 'tsc')
  for (const project of ['build/tsconfig.json', 'build/tsconfig.gateway.json']) {
    await runOrThrow(process.execPath, [tsc, '--project', project], { cwd: repoFolder })
  }
  await keepReachableDeclarations(distFolder, [...Object.values(doors), browserDoor.module])
}

/** The bundled Worker that `tidegate dev` runs, so that an installed package needs no bundler. */
async function emitGateway(): Promise<void> {
  const outFolder = await mkdtemp(join(tmpdir(), 'tidegate-build-'))
  try {
    const gateway = await buildGateway(outFolder, repoFolder)
    await writeFile(join(distFolder, 'gateway-build.json'), JSON.stringify(gateway))
  } finally {
    await rm(outFolder, { recursive: true, force: true })
  }
}

await buildPackage()

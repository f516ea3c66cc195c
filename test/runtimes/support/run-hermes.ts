import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { installLocked } from '../../../build/install-locked.ts'
import { run, runOrThrow } from '../../../build/run.ts'
import { installPackage } from '../../package/support/installed-package.ts'
import { type PhoneFacts, phoneFactsSchema } from './judge-phone.ts'

const repoFolder = fileURLToPath(new URL('../../..', import.meta.url))
const toolsFolder = fileURLToPath(new URL('../hermes', import.meta.url))
const programs = { linux: 'linux64-bin/%', darwin: 'osx-bin/%', win32: 'win64-bin/%.exe' } as const

export interface HermesRun {
  readonly facts: PhoneFacts
  /** Of the compiler that took the same bundle; its engine comes in apps only. */
  readonly compiler: string
}

/**
 * Bundles an app that has installed the package by Metro as React Native configures it, runs it in Hermes, and has
 * the compiler of today's React Native compile it. Undefined where npm has no Hermes for this machine.
 */
export async function runHermes(): Promise<HermesRun | undefined> {
  const program = Object.entries(programs).find(([name]) => name === process.platform)?.[1]
  const isKnown = process.arch === 'x64' || process.platform === 'darwin'
  if (program === undefined || !isKnown) return undefined
  const versions = await installLocked(toolsFolder)
  const modules = join(toolsFolder, 'node_modules')
  const installed = await installPackage()
  try {
    // Metro knows files by their real paths.
    const folder = await realpath(installed.folder)
    const supportFolder = join(repoFolder, 'test', 'client', 'support')
    const app = await readFile(join(repoFolder, 'test/runtimes/support/hermes-app.ts'), 'utf8')
    await installed.write('app.ts', app.replaceAll('../../client/support', supportFolder))
    await installed.write('index.js', `import '${toolsFolder}/realm.cjs'\nimport './app.ts'\n`)
    const bundle = join(folder, 'app.bundle.js')
    const folders = [supportFolder, ...['client', 'shared'].map(name => join(repoFolder, name))]
    await runOrThrow(process.execPath, [
      join(toolsFolder, 'bundle-app.mjs'),
      join(folder, 'index.js'),
      join(folder, 'app.bundle'),
      ...folders,
    ])
    const engine = join(modules, 'hermes-engine-cli', program.replace('%', 'hermes'))
    const { output } = await run(engine, ['-Xes6-promise', '-Xmicrotask-queue', bundle], {
      quiet: true,
    })
    if (!output.startsWith('{')) throw new Error(`The app in Hermes said:\n${output}`)
    const compiler = join(modules, 'hermes-compiler', 'hermesc', program.replace('%', 'hermesc'))
    await runOrThrow(compiler, ['-emit-binary', '-O', '-w', '-out', `${bundle}.hbc`, bundle])
    return {
      facts: v.parse(phoneFactsSchema, JSON.parse(output)),
      compiler: versions['hermes-compiler'] ?? '',
    }
  } finally {
    await installed.remove()
  }
}

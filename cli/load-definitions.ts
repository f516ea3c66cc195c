import { readdir, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  canonicalJson,
  hashDefinitions,
  workspaceDefinitions,
} from '../shared/workspace-definitions.ts'
import { CliError, sentenceOf, usageError } from './cli-error.ts'

export interface LoadedDefinitions {
  readonly json: string
  readonly hash: string
}

/** Modules of definitions; tests and type declarations beside them are none. */
const modulePattern = /^(?!.*\.(?:test|spec|d|test-d)\.).*\.(?:ts|mts|js|mjs)$/

/** Imports a file, or every module of a folder in the order of their names, and gathers what they declare. */
export async function loadDefinitions(path: string, workspace: string): Promise<LoadedDefinitions> {
  const objects: unknown[] = []
  for (const file of await listModules(path)) {
    const module: Readonly<Record<string, unknown>> = await importModule(file)
    objects.push(...Object.values(module))
  }
  const json = canonicalJson(readDefinitions(path, workspace, objects))
  return { json, hash: await hashDefinitions(json) }
}

async function listModules(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(error => {
    throw usageError(`There is no file or folder ${path}.`, error)
  })
  if (!found.isDirectory()) return [resolve(path)]
  const names = (await readdir(path)).filter(name => modulePattern.test(name)).sort()
  if (names.length === 0) throw usageError(`${path} holds no .ts or .js module with definitions.`)
  return names.map(name => resolve(path, name))
}

async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    throw new CliError(`${file} cannot be imported: ${sentenceOf(error)}`, { cause: error })
  }
}

function readDefinitions(path: string, workspace: string, objects: readonly unknown[]) {
  try {
    return workspaceDefinitions({ name: workspace, live: true }, objects)
  } catch (error) {
    throw new CliError(`The definitions in ${path} are invalid. ${sentenceOf(error)}`, {
      cause: error,
    })
  }
}

import { readdir, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { compareText } from '../shared/fields/text.ts'
import { usageError } from './cli-error.ts'

/** Modules of definitions; tests and type declarations beside them are none. */
const modulePattern = /^(?!\.)(?!.*\.(?:test|spec|d|test-d)\.).*\.(?:ts|mts|js|mjs)$/
const foldersLeftOut: readonly string[] = ['node_modules', 'test', 'tests', '__tests__']

export interface ModuleList {
  /** What the path stands for, links resolved. */
  readonly root: string
  readonly files: readonly string[]
  /** Links inside the folder: none is followed, since what it leads to may lie elsewhere. */
  readonly links: readonly string[]
}

/**
 * Lists the modules of a folder and of the folders in it, in the order of their paths; a file that is named is itself
 * the list. Hidden folders, node_modules and tests are left out. A path is one from `folder`. Throws a usage error where
 * there is none.
 */
export async function listModules(path: string, folder = '.'): Promise<ModuleList> {
  const root = await realpath(resolve(folder, path)).catch(error => {
    throw usageError(`There is no file or folder ${path}.`, error)
  })
  if (!(await stat(root)).isDirectory()) return { root, files: [root], links: [] }
  const files: string[] = []
  const links: string[] = []
  const waiting = [root]
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const inside = join(folder, entry.name)
      if (entry.isSymbolicLink()) links.push(inside)
      else if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && !foldersLeftOut.includes(entry.name)) {
          waiting.push(inside)
        }
      } else if (entry.isFile() && modulePattern.test(entry.name)) files.push(inside)
    }
  }
  if (files.length === 0) throw usageError(`${path} holds no .ts or .js module with definitions.`)
  return { root, files: files.sort(compareText), links: links.sort(compareText) }
}

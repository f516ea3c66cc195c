import { realpath, stat } from 'node:fs/promises'
import { CliError, hasCode, sentenceOf } from './cli-error.ts'

/** Where an output goes: into a file that is replaced as a whole, or into a device or pipe that is written to as it is. */
export interface OutputPlace {
  readonly path: string
  readonly isReplaced: boolean
}

/** Gives the place of an output; a link's is where it leads. Throws a CliError for a folder. */
export async function outputPlace(path: string): Promise<OutputPlace> {
  try {
    const found = await stat(path)
    if (found.isFile()) return { path: await realpath(path), isReplaced: true }
    if (!found.isDirectory()) return { path, isReplaced: false }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { path, isReplaced: true }
    throw unwritable(path, error)
  }
  throw new CliError(`${path} cannot be written: it is a folder. Name a file in it.`)
}

const reasons = {
  ENOENT: 'there is no such folder. Make it, or name another',
  ENOTDIR: 'what should be its folder is none',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'nothing there can be written',
  ENOSPC: 'there is no room left',
  EDQUOT: 'there is no room left',
} as const

/** Says why a file could not be written. */
export function unwritable(path: string, cause: unknown): CliError {
  const known = Object.entries(reasons).find(([code]) => hasCode(cause, code))
  const reason = known?.[1] ?? sentenceOf(cause).replace(/\.$/, '')
  return new CliError(`${path} cannot be written: ${reason}.`, { cause })
}

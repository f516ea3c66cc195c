import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sentenceOf } from './cli-error.ts'
import { type DefinitionsPlace, shownFile } from './shown-file.ts'

/** Says why a module cannot be imported, and where: it may be one that the module imports. */
export function describeImportFailure(
  error: unknown,
  file: string,
  place: DefinitionsPlace,
): string {
  const found = findPlace(error, place.root)
  const where = found === undefined ? shownFile(file, place) : shownFile(found.file, place)
  const line = found === undefined ? '' : ` (line ${found.line})`
  const hint =
    error instanceof ReferenceError && /before initialization/.test(error.message)
      ? ' Do modules import each other in a circle? Move what both need into a third.'
      : ''
  return `${where} cannot be imported${line}: ${withFullStop(sentenceOf(error))}${hint}`
}

/** The innermost place in the folder's own modules that a stack names. */
function findPlace(error: unknown, root: string) {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  for (const [, url = '', line = ''] of stack.matchAll(
    /(file:\/\/[^\s?)]+?)(?:\?[^\s:)]*)?:(\d+)/g,
  )) {
    const file = fileURLToPath(url)
    const isInside = file === root || file.startsWith(root + sep)
    if (isInside && !file.includes(`${sep}node_modules${sep}`)) return { file, line }
  }
  return undefined
}

function withFullStop(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}

import { join, relative } from 'node:path'

/** A file or folder of definitions: its path as it was given, and what that stands for. */
export interface DefinitionsPlace {
  readonly shown: string
  readonly root: string
}

/** Gives a file's path in the form in which the person named its folder. */
export function shownFile(file: string, { shown, root }: DefinitionsPlace): string {
  const inside = relative(root, file)
  return inside === '' ? shown : join(shown, inside)
}

import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'

/** A relative specifier in a declaration file, as `tsc` writes them: `'./client.ts'`. */
const relativeSpecifier = /(?<=(?:from |import\(|import )['"])\.{1,2}\/[^'"]+\.ts(?=['"])/g

/**
 * Leaves only the declarations that a door's reach, and makes their imports name the `.js` beside them,
 * as every resolver of a package's types expects.
 */
export async function keepReachableDeclarations(
  folder: string,
  entries: readonly string[],
): Promise<void> {
  const reachable = new Set<string>()
  const waiting = entries.map(entry => `${entry}.d.ts`)
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reachable.has(path)) continue
    reachable.add(path)
    const text = await readFile(join(folder, path), 'utf8')
    for (const [specifier] of text.matchAll(relativeSpecifier)) {
      const target = normalize(join(dirname(path), specifier)).replaceAll('\\', '/')
      waiting.push(target.replace(/\.ts$/, '.d.ts'))
    }
    const renamed = text.replaceAll(relativeSpecifier, name => name.replace(/\.ts$/, '.js'))
    await writeFile(join(folder, path), renamed)
  }
  for (const path of await readdir(folder, { recursive: true })) {
    const unused = path.endsWith('.d.ts') && !reachable.has(path.replaceAll('\\', '/'))
    if (unused) await rm(join(folder, path))
  }
}

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { runOrThrow } from './run.ts'

const distFolder = fileURLToPath(new URL('../dist', import.meta.url))
const packedSchema = v.pipe(
  v.tuple([v.object({ filename: v.string(), size: v.number(), entryCount: v.number() })]),
  v.transform(([packed]) => packed),
)

export interface Packed {
  readonly tarball: string
  readonly files: number
  readonly bytes: number
}

/** Packs `dist/` into a folder as `npm publish` would. */
export async function packPackage(folder: string): Promise<Packed> {
  const text = await runOrThrow('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: distFolder,
  })
  const packed = v.parse(packedSchema, JSON.parse(text.slice(text.search(/^\[/m))))
  return { tarball: join(folder, packed.filename), files: packed.entryCount, bytes: packed.size }
}

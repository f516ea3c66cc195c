import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const folder = fileURLToPath(new URL('../..', import.meta.url))

/** Bytes of a program with everything that it needs. */
export interface Weight {
  readonly minified: number
  /** Level 9. */
  readonly gzip: number
  /** Quality 11. */
  readonly brotli: number
  /** Minified bytes by module, the heaviest first; the bundle's own few bytes belong to none. */
  readonly modules: ReadonlyMap<string, number>
}

/** Bundles an entry for browsers, nothing left out, and weighs it; `entry` is a path from the root. */
export async function weighBundle(entry: string): Promise<Weight> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  const [output] = Object.values(metafile.outputs)
  const [file] = outputFiles
  if (output === undefined || file === undefined) throw new Error(`${entry} gave no bundle.`)
  const modules = Object.entries(output.inputs)
    .map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const)
    .filter(([, bytes]) => bytes > 0)
    .sort(([, left], [, right]) => right - left)
  return {
    minified: file.contents.byteLength,
    gzip: gzipSync(file.contents, { level: 9 }).byteLength,
    brotli: brotliCompressSync(file.contents, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11 },
    }).byteLength,
    modules: new Map(modules),
  }
}

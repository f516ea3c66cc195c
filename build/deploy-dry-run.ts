import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { quietWrangler } from '../cli/gateway-build.ts'
import { runOrThrow } from './run.ts'

const repoFolder = fileURLToPath(new URL('..', import.meta.url))
const wrangler = join(repoFolder, 'node_modules', '.bin', 'wrangler')

/** Workers of the free plan may weigh this much after gzip. */
const maxGzipBytes = 3_145_728

/** Lets wrangler do all of a deployment but the upload, for each environment, and prints what it weighs. */
async function dryRun(): Promise<void> {
  for (const [label, environment] of [
    ['top level', ''],
    ['staging', 'staging'],
  ] as const) {
    const outFolder = await mkdtemp(join(tmpdir(), 'tidegate-deploy-'))
    try {
      const args = ['deploy', '--dry-run', `--env=${environment}`, '--outdir', outFolder]
      await runOrThrow(wrangler, args, { cwd: repoFolder, env: quietWrangler })
      const { bytes, gzipBytes } = await weigh(outFolder)
      process.stdout.write(
        `wrangler deploy --dry-run, ${label}: ${bytes} bytes, ${gzipBytes} bytes gzip\n`,
      )
      if (gzipBytes > maxGzipBytes) {
        throw new Error(`The Worker has ${gzipBytes} bytes gzip; the limit is ${maxGzipBytes}.`)
      }
    } finally {
      await rm(outFolder, { recursive: true, force: true })
    }
  }
}

async function weigh(folder: string): Promise<{ bytes: number; gzipBytes: number }> {
  const names = (await readdir(folder)).filter(name => /\.(?:js|wasm)$/.test(name))
  const files = await Promise.all(names.map(name => readFile(join(folder, name))))
  return {
    bytes: files.reduce((sum, file) => sum + file.byteLength, 0),
    gzipBytes: files.reduce((sum, file) => sum + gzipSync(file).byteLength, 0),
  }
}

await dryRun()

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { CliError } from './cli-error.ts'
import { packageFolder } from './package-folder.ts'

const execFileAsync = promisify(execFile)

/** Silences every look-up that wrangler would make outside this machine, and its log in the home folder. */
export const quietWrangler = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
  X_LOCAL_EXPLORER: 'false',
  WRANGLER_WRITE_LOGS: 'false',
}

/** Wrangler gives bindings with their ids, which nothing on this machine needs. */
const names = v.union([
  v.array(v.string()),
  v.pipe(
    v.record(v.string(), v.unknown()),
    v.transform(bindings => Object.keys(bindings)),
  ),
])

/** What workerd must be told of the Worker, all of it read from `wrangler.toml`. */
const workerSettingsSchema = v.object({
  compatibilityDate: v.string(),
  compatibilityFlags: v.array(v.string()),
  bindings: v.record(v.string(), v.string()),
  durableObjects: v.record(
    v.string(),
    v.object({ className: v.string(), useSQLite: v.optional(v.boolean(), false) }),
  ),
  kvNamespaces: names,
  r2Buckets: names,
  cronTriggers: v.optional(v.array(v.string()), []),
})

const gatewayBuildSchema = v.object({ script: v.string(), settings: workerSettingsSchema })

/** A bundled Worker and its settings: as plain data, so that a package can carry one ready made. */
export type GatewayBuild = v.InferOutput<typeof gatewayBuildSchema>

/**
 * Gives the gateway to run: bundled afresh where its sources are, else the `gateway-build.json` that a
 * published package carries, which is the JSON of what `buildGateway` gave.
 */
export async function loadGatewayBuild(outFolder: string): Promise<GatewayBuild> {
  const folder = packageFolder()
  if (existsSync(join(folder, 'gateway', 'worker.ts'))) return buildGateway(outFolder, folder)
  const path = join(folder, 'gateway-build.json')
  try {
    return v.parse(gatewayBuildSchema, JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    throw new CliError(
      `The gateway of this package cannot be read from ${path}. Install it anew.`,
      {
        cause: error,
      },
    )
  }
}

/**
 * Bundles the gateway as `wrangler deploy` would, into `outFolder`; takes a second and a half.
 * Wrangler makes both halves, so that what runs here is what a deployment runs.
 */
export async function buildGateway(outFolder: string, folder: string): Promise<GatewayBuild> {
  const [settings] = await Promise.all([readSettings(folder), bundle(outFolder, folder)])
  return { script: await readFile(join(outFolder, 'worker.js'), 'utf8'), settings }
}

async function readSettings(folder: string): Promise<GatewayBuild['settings']> {
  const wrangler = await import('wrangler')
  const options = wrangler.unstable_getMiniflareWorkerOptions(join(folder, 'wrangler.toml'))
  return v.parse(workerSettingsSchema, options.workerOptions)
}

async function bundle(outFolder: string, folder: string): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve('wrangler/package.json')
  const bin = join(dirname(manifest), 'bin', 'wrangler.js')
  // An empty environment name means the top level of wrangler.toml.
  const args = [bin, 'deploy', '--dry-run', '--env=', '--outdir', outFolder]
  try {
    const env = { ...process.env, ...quietWrangler, NO_COLOR: '1', FORCE_COLOR: '0' }
    await execFileAsync(process.execPath, args, { cwd: folder, env })
  } catch (error) {
    throw new CliError(`The gateway could not be bundled:\n${outputOf(error)}`, { cause: error })
  }
}

function outputOf(error: unknown): string {
  return error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
}

import { join } from 'node:path'
import type { Miniflare as MiniflareClass, V4MiniflareOptions } from 'miniflare'
import { CliError, hasCode } from './cli-error.ts'
import { type GatewayBuild, loadGatewayBuild } from './gateway-build.ts'
import { findChildren, type ProcessNote } from './process-note.ts'

export interface BootOptions {
  /** Holds rows, objects, keys and journals; must exist and belong to this program alone. */
  readonly stateFolder: string
  /** 0 takes a free one. */
  readonly port: number
  readonly host?: string
  /** The value of `TIDEGATE_KEYS`. */
  readonly keyEntries: string
  /** The value of `TIDEGATE_ORIGINS`. */
  readonly origins: string
  /** What the gateway logs, line by line. */
  readonly onLog: (line: string) => void
  /** Told which workerd processes serve now: once at the start, and again whenever one was replaced. */
  readonly onWorkerd?: (notes: readonly ProcessNote[]) => Promise<void>
  /** A bundle made earlier; without one it is made now. */
  readonly build?: GatewayBuild
}

export interface RunningGateway {
  readonly url: string
  readonly pids: readonly number[]
  /** Ends workerd; what was acknowledged is on disk. */
  readonly stop: () => Promise<void>
}

/** How often a workerd that died and was replaced is looked for. */
const watchMs = 1_000

/** Starts the gateway in workerd on this machine, its Durable Objects, KV and R2 on disk. */
export async function bootGateway(options: BootOptions): Promise<RunningGateway> {
  const keepSignals = guardSignals()
  const { Miniflare, convertV4MiniflareOptions, Log, LogLevel } = await importMiniflare()
  const build = options.build ?? (await loadGatewayBuild(join(options.stateFolder, 'build')))
  const v4Options: V4MiniflareOptions = {
    host: options.host ?? '127.0.0.1',
    port: options.port,
    cf: false,
    log: new Log(LogLevel.NONE),
    resourcePersistencePath: join(options.stateFolder, 'data'),
    handleStructuredLogs: ({ level, message }) => options.onLog(`${level}: ${message}`),
    modules: [{ type: 'ESModule', path: 'worker.js', contents: build.script }],
    ...build.settings,
    bindings: {
      ...build.settings.bindings,
      TIDEGATE_KEYS: options.keyEntries,
      TIDEGATE_ORIGINS: options.origins,
    },
  }
  const miniflare = new Miniflare(convertV4MiniflareOptions(v4Options))
  const url = await readyUrl(miniflare, options.port)
  keepSignals()
  const watch = await watchWorkerd(options.onWorkerd)
  return {
    url,
    get pids() {
      return watch.pids()
    },
    stop: async () => {
      watch.stop()
      await miniflare.dispose()
    },
  }
}

/**
 * Gives a function that takes away the signal listeners added since: Miniflare's end the whole process on the
 * spot, in the midst of what its owner still has to write. Its hook on the process's exit stays.
 */
function guardSignals(): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const
  const known = new Set(signals.flatMap(signal => process.listeners(signal)))
  return () => {
    for (const signal of signals) {
      for (const listener of process.listeners(signal)) {
        if (!known.has(listener)) process.off(signal, listener)
      }
    }
  }
}

async function importMiniflare(): Promise<typeof import('miniflare')> {
  try {
    return await import('miniflare')
  } catch (error) {
    if (!hasCode(error, 'ERR_MODULE_NOT_FOUND')) throw error
    throw new CliError(
      'Running the gateway on this machine needs the package "miniflare" (version 5), which is not ' +
        'installed. Install it with: npm install --save-dev miniflare@beta',
      { cause: error },
    )
  }
}

async function readyUrl(miniflare: MiniflareClass, port: number): Promise<string> {
  try {
    const url = await miniflare.ready
    return url.origin
  } catch (error) {
    await miniflare.dispose().catch(() => {})
    if (!hasCode(error, 'ERR_ADDRESS_IN_USE')) throw error
    throw new CliError(
      `Port ${port} is in use by another program. Choose a free one: PORT=${port + 1} npm start ` +
        '(or tidegate dev --port).',
      { cause: error },
    )
  }
}

/** Keeps the notes of workerd true: Miniflare replaces one that died, under another pid. */
async function watchWorkerd(onWorkerd: BootOptions['onWorkerd'] = async () => {}) {
  let notes: readonly ProcessNote[] = []
  const look = async (): Promise<void> => {
    const found = await findChildren(process.pid, 'workerd')
    if (JSON.stringify(found) === JSON.stringify(notes)) return
    notes = found
    await onWorkerd(found)
  }
  await look()
  const timer = setInterval(() => void look().catch(() => {}), watchMs)
  timer.unref()
  return { pids: () => notes.map(note => note.pid), stop: () => clearInterval(timer) }
}

import { join } from 'node:path'
import { type BootOptions, bootGateway } from './boot-gateway.ts'
import { type LocalKeys, makeStateFolder, readLocalKeys } from './local-keys.ts'
import { claimRunFile } from './run-file.ts'

/** Pages on this machine may push, at any port; no other origin may. */
const origins = 'loopback'

export interface LocalGateway {
  readonly url: string
  readonly keys: LocalKeys
  /** Pids of a killed run's leftovers that were ended first. */
  readonly ended: readonly number[]
  readonly stop: () => Promise<void>
}

/** Claims a state folder, mints its keys once and serves a gateway from it. */
export async function serveLocally(
  options: Pick<BootOptions, 'stateFolder' | 'port' | 'onLog' | 'build'>,
): Promise<LocalGateway> {
  await makeStateFolder(options.stateFolder)
  const run = await claimRunFile(join(options.stateFolder, 'run.json'))
  try {
    const keys = await readLocalKeys(options.stateFolder)
    const gateway = await bootGateway({
      ...options,
      keyEntries: keys.entries,
      origins,
      onWorkerd: run.noteWorkerd,
    })
    const stop = async (): Promise<void> => {
      await gateway.stop()
      await run.release()
    }
    return { url: gateway.url, keys, ended: run.ended, stop }
  } catch (error) {
    await run.release()
    throw error
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { InstalledPackage } from './installed-package.ts'

export interface ServedPackage {
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Serves the installed package's gateway, that is the one it carries ready made, on a port that is free. */
export async function servePackage({ folder }: InstalledPackage): Promise<ServedPackage> {
  const bin = join(folder, 'node_modules', '.bin', 'tidegate')
  const child = spawn(process.execPath, [bin, 'dev', '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  let said = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk)
    if (said.includes('Stop with Ctrl-C.')) break
  }
  const [, port] = /Serving http:\/\/127\.0\.0\.1:(\d+)/.exec(said) ?? []
  if (port === undefined) throw new Error(`It said:\n${said}`)
  return {
    port: Number(port),
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

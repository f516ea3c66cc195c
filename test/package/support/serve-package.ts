import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { InstalledPackage } from './installed-package.ts'

/** Serves the installed package's gateway, that is the one it carries ready made; gives its end. */
export async function servePackage(
  { folder }: InstalledPackage,
  port: number,
): Promise<() => Promise<void>> {
  const bin = join(folder, 'node_modules', '.bin', 'tidegate')
  const child = spawn(process.execPath, [bin, 'dev', '--port', String(port)], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  let said = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk)
    if (said.includes('Stop with Ctrl-C.')) break
  }
  if (!said.includes(`Serving http://127.0.0.1:${port}`)) throw new Error(`It said:\n${said}`)
  return async () => {
    child.kill('SIGTERM')
    await ended
  }
}

/** Gives a port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

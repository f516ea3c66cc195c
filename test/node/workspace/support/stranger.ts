import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import { getWorkspace, type WorkspaceOptions } from '../../../../client/workspace/index.ts'
import { impatientClock } from './impatient-clock.ts'

export type Script = (response: ServerResponse, request: IncomingMessage) => void

export const strangerKey = 'tg_admin_secret'

/** A workspace of something that is no gateway, or none of this version. */
export async function workspaceOf(script: Script, options: Partial<WorkspaceOptions> = {}) {
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    script(response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const url = `http://127.0.0.1:${port}`
  const workspace = getWorkspace('demo', {
    url,
    key: strangerKey,
    clock: impatientClock,
    ...options,
  })
  return { workspace, url, requests: () => requests }
}

/** Answers with JSON, or with a text as it is. */
export const json =
  (value: unknown): Script =>
  response => {
    response.setHeader('content-type', 'application/json')
    response.end(typeof value === 'string' ? value : JSON.stringify(value))
  }

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import type { IngestReceipt, IngestRequest } from '../../../shared/ingest-protocol.ts'

export interface ScriptedGateway {
  readonly url: string
  /** What is stored, by producer and sequence. */
  readonly stored: Map<string, unknown>
  /** Bodies of the ingest requests, in order. */
  readonly requests: IngestRequest[]
}

/** Handles a request itself, or gives false to leave it to the ingest route. */
export type Script = (
  request: IncomingMessage,
  response: ServerResponse,
  gateway: ScriptedGateway,
) => boolean

/** A loopback server that stores each (producer, sequence) once and speaks the ingest protocol. */
export async function scriptedGateway(
  script: Script = () => false,
  judge: (record: unknown) => Partial<IngestReceipt> = () => ({}),
): Promise<ScriptedGateway> {
  const stored = new Map<string, unknown>()
  const requests: IngestRequest[] = []
  const server = createServer(async (request, response) => {
    if (script(request, response, gateway)) return
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const body: IngestRequest = JSON.parse(Buffer.concat(pieces).toString('utf8'))
    requests.push(body)
    const receipts = Object.entries(body.records).flatMap(([source, elements]) =>
      elements.map(({ record, sequence }, index): IngestReceipt => {
        const key = `${body.producer}/${sequence}`
        const known = stored.has(key)
        const verdict = judge(record)
        if (verdict.status !== 'rejected') stored.set(key, record)
        return { source, index, status: known ? 'duplicate' : 'accepted', ...verdict }
      }),
    )
    response.setHeader('content-type', 'application/json')
    response.statusCode = receipts.some(({ status }) => status === 'rejected') ? 207 : 200
    response.end(
      JSON.stringify({
        protocol: 1,
        workspaceName: body.workspace_name,
        ingestMetrics: { featureViewIngestMetrics: [], dataSourceIngestMetrics: [] },
        receipts,
      }),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const gateway = { url: `http://127.0.0.1:${port}`, stored, requests }
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return gateway
}

/** Answers with JSON. */
export function reply(response: ServerResponse, status: number, body: unknown): true {
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
  return true
}

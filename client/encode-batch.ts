import { protocolVersion } from '../shared/ingest-protocol.ts'
import type { OutboxEntry } from './outbox.ts'

/**
 * Gives the request's body and its records in the order of the request, which is the order of the receipts.
 * Canonical texts go in as they are, so that a resend is byte-identical. Must not be empty; `floors` has the
 * lowest unsettled sequence of each of its sources.
 */
export function encodeBatch<P extends { readonly entry: OutboxEntry }>(
  workspace: string,
  batch: readonly P[],
  floors: ReadonlyMap<string, number>,
): { body: string; order: P[] } {
  const sources = new Map<string, P[]>()
  for (const pending of batch) {
    const known = sources.get(pending.entry.source)
    if (known) known.push(pending)
    else sources.set(pending.entry.source, [pending])
  }
  const lowest: string[] = []
  const records: string[] = []
  for (const [source, group] of sources) {
    const name = JSON.stringify(source)
    const elements = group.map(
      ({ entry }) => `{"record":${entry.text},"sequence":${entry.sequence}}`,
    )
    lowest.push(`${name}:${floors.get(source)}`)
    records.push(`${name}:[${elements}]`)
  }
  const head = `{"protocol":${protocolVersion},"workspace_name":${JSON.stringify(workspace)}`
  const producer = JSON.stringify(batch[0]?.entry.producer)
  return {
    body: `${head},"producer":${producer},"floors":{${lowest}},"records":{${records}}}`,
    order: [...sources.values()].flat(),
  }
}

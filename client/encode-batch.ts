import { protocolVersion } from '../shared/ingest-protocol.ts'
import { groupBy } from './group-by.ts'
import type { OutboxEntry } from './outbox.ts'

type HasEntry = { readonly entry: OutboxEntry }

/**
 * Gives the request's body and its records in the order of the request, which is the order of the receipts.
 * Canonical texts go in as they are, so that a resend is byte-identical. All of `batch` is of the producer; each
 * source's floor is the lowest of its sequences in `unsettled`, which begins with it. An empty batch asks nothing
 * but a reply.
 */
export function encodeBatch<P extends HasEntry>(
  workspace: string,
  producer: string | undefined,
  batch: readonly P[],
  unsettled: Iterable<HasEntry>,
): { body: string; order: P[] } {
  const json = JSON.stringify
  const groups = groupBy(batch, ({ entry }) => entry.source)
  const floors = new Map<string, number>()
  for (const { entry } of unsettled) {
    if (floors.size === groups.size) break
    const { source, sequence } = entry
    if (entry.producer === producer && groups.has(source) && !floors.has(source))
      floors.set(source, sequence)
  }
  // Whatever the order is, no floor lies above what the request holds.
  for (const [source, floor] of floors)
    floors.set(
      source,
      Math.min(floor, ...(groups.get(source) ?? []).map(({ entry }) => entry.sequence)),
    )
  const records = [...groups].map(
    ([source, group]) =>
      `${json(source)}:[${group.map(({ entry }) => `{"record":${entry.text},"sequence":${entry.sequence}}`)}]`,
  )
  return {
    body: `{"protocol":${protocolVersion},"workspace_name":${json(workspace)},"producer":${json(producer)},"floors":${json(Object.fromEntries(floors))},"records":{${records}}}`,
    order: [...groups.values()].flat(),
  }
}

// Handles: methods live here, not on the data.
import { getWorkspace } from 'tidegate/workspace'
import { managedTransactions } from './managed/definitions.ts'

interface Gateway {
  readonly url: string
  readonly key: string
}

/** Everything that a push source says of itself, once it was applied. */
export async function describePushSource(name: string, { url, key }: Gateway) {
  const workspace = getWorkspace(name, { url, key })
  const source = await workspace.getDataSource('click_event_source')
  return {
    id: source.id,
    name: source.name,
    workspace: source.workspace,
    description: source.description,
    owner: source.owner,
    tags: source.tags,
    dataDelay: source.dataDelay,
    info: source.info,
    isStreaming: source.isStreaming,
    createdAt: source.createdAt,
    lastModifiedAt: source.lastModifiedAt,
    columns: source.getColumns(),
    summary: await source.summary(),
    checks: await source.validate(),
  }
}

/** A month of transactions from the managed log, typed by the definition. */
export async function readTransactions(name: string, { url, key }: Gateway) {
  const workspace = getWorkspace(name, { url, key })
  const source = workspace.source(managedTransactions)
  await source.validate()
  const dataFrame = source.getDataframe({
    startTime: '2024-01-01',
    endTime: '2024-02-01',
    applyTranslator: true,
  })
  let total = 0
  for await (const { amt } of dataFrame) total += amt
  return total
}

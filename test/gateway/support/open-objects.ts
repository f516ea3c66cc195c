import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createLogPartition } from '../../../gateway/log/log-partition.ts'
import { platformPorts } from '../../../gateway/platform/ports.ts'
import type { Ports } from '../../../gateway/ports.ts'
import type { ResolvedSource } from '../../../gateway/registry/resolved-definitions.ts'
import { encodeFields } from '../../../shared/fields/encode-fields.ts'
import { Field, Int64 } from '../../../shared/types.ts'
import type { TestWorkspace } from './test-workspace.ts'

export type OpenPartition = ReturnType<typeof createLogPartition>

/**
 * Runs work on a fresh incarnation of a partition inside its object: real storage, real peers, and ports
 * of which a test may change some, to fail at a chosen step. Evict the object before it is used again.
 */
export function withPartition<Result>(
  workspace: TestWorkspace,
  source: string,
  work: (partition: OpenPartition, ports: Ports) => Promise<Result>,
  change: (ports: Ports) => Ports = ports => ports,
  partition = 0,
): Promise<Result> {
  const stub = workspace.partition(source, partition)
  return runInDurableObject(stub, async (_, state) => {
    const ports = change(platformPorts(state, env))
    const identity = {
      workspaceId: workspace.workspaceId,
      sourceId: workspace.idOf('stream_source', source),
      partition,
    }
    return work(createLogPartition(ports, identity), ports)
  })
}

/** Rows written by some work, as the platform counts them. */
export async function rowsWrittenBy(ports: Ports, work: () => Promise<unknown>): Promise<number> {
  const before = ports.storage.rowsWritten()
  await work()
  return ports.storage.rowsWritten() - before
}

/** A source as partitions know it, without an apply: one column `n`, no views. */
export function resolvedSource(more: Partial<ResolvedSource> = {}): ResolvedSource {
  return {
    id: 'source',
    workspaceId: 'workspace',
    name: 'numbers',
    version: 1,
    fields: encodeFields([Field('n', Int64)]),
    logOffline: true,
    partitions: 1,
    views: [],
    tags: {},
    createdUs: 0,
    modifiedUs: 0,
    ...more,
  }
}

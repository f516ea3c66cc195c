import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { platformPorts } from '../../../gateway/platform/ports.ts'
import { registryStatements } from '../../../gateway/registry/registry-statements.ts'
import { resolveDefinitions } from '../../../gateway/registry/resolve-definitions.ts'
import { decodeDefinitions } from '../../../shared/workspace-definitions.ts'
import { canonicalOf } from './test-definitions.ts'
import type { TestWorkspace } from './test-workspace.ts'

/**
 * Has a workspace's registry hold later definitions of what was applied, and tells the partitions of them; Workers
 * that hold the earlier ones learn of it by themselves.
 */
export async function applyLater(
  workspace: TestWorkspace,
  objects: readonly unknown[],
): Promise<void> {
  const registry = workspace.registry()
  const previous = await workspace.definitions()
  const version = (previous?.version ?? 0) + 1
  const canonical = canonicalOf(workspace.name, objects)
  const hash = `${version}`
  const next = resolveDefinitions(decodeDefinitions(JSON.parse(canonical)), {
    workspaceId: workspace.workspaceId,
    version,
    hash,
    nowUs: 0,
    previous,
    mint: () => {
      throw new Error('A later definition makes no new object.')
    },
  })
  await runInDurableObject(registry, (_, state) => {
    const { storage } = platformPorts(state, env)
    const statements = registryStatements(storage)
    storage.transaction(() => statements.insert({ version, hash, canonical }, next, 0, 'test'))
  })
  await evictDurableObject(registry)
  for (const source of next.sources) {
    for (let partition = 0; partition < source.partitions; partition++) {
      await workspace.partition(source.name, partition).subscribe({ format: 1, source })
    }
  }
}

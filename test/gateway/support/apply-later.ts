import type { ResolvedDefinitions } from '../../../gateway/registry/resolved-definitions.ts'
import { canonicalOf } from './test-definitions.ts'
import type { TestWorkspace } from './test-workspace.ts'

/** What a workspace's registry holds. */
export async function appliedTo(workspace: TestWorkspace): Promise<ResolvedDefinitions> {
  const found = await workspace.definitions()
  if (found === undefined) throw new Error('Nothing was applied.')
  return found
}

/** Applies later definitions behind the back of the Worker, which learns of them by itself. */
export async function applyLater(
  workspace: TestWorkspace,
  objects: readonly unknown[],
): Promise<void> {
  const reply = await workspace.registry().apply({
    format: 1,
    workspace: workspace.name,
    keyId: 'test',
    expectedHash: (await workspace.definitions())?.hash ?? null,
    canonical: canonicalOf(workspace.name, objects),
  })
  if (reply.outcome !== 'applied') throw new Error(reply.reason)
}

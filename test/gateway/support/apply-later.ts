import { canonicalOf } from './test-definitions.ts'
import type { TestWorkspace } from './test-workspace.ts'

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

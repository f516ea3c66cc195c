import { expect } from 'vitest'
import type { Plan } from '../../../shared/plan-protocol.ts'
import { canonicalOf } from './test-definitions.ts'
import type { TestWorkspace } from './test-workspace.ts'

/** Sends a body to a route of a workspace. */
export const send = (workspace: TestWorkspace, path: string, body: unknown, method = 'POST') =>
  workspace.send(`/api/v1/workspaces/test${path}`, {
    method,
    body: JSON.stringify({ protocol: 1, ...Object(body) }),
  })
/** Definitions as a plan and an apply take them. */
export const definitionsOf = (objects: readonly unknown[]): unknown =>
  JSON.parse(canonicalOf('test', objects))
/** Plans objects, which must be possible. */
export async function planned(
  workspace: TestWorkspace,
  objects: readonly unknown[],
  more: object = {},
): Promise<Plan> {
  const definitions = definitionsOf(objects)
  const { status, json } = await send(workspace, '/plan', { definitions, ...more })
  expect(status).toBe(200)
  // Its shape is what the tests look at.
  return json as Plan
}

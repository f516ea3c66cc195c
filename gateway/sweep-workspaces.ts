import { parseKeyEntries } from '../shared/keys.ts'
import { causeOf } from './cause-of.ts'
import { messageFormat } from './contracts/message.ts'
import type { Env } from './env.ts'
import { platformPeers } from './platform/peers.ts'
import { platformReport } from './platform/ports.ts'

/** Wakes what should not have slept: alarms are lost after six failures, records must not be. */
export async function sweepWorkspaces(env: Env): Promise<void> {
  const workspaceIds = new Set(
    parseKeyEntries(env.TIDEGATE_KEYS ?? '').map(({ workspaceId }) => workspaceId),
  )
  const peers = platformPeers(env)
  for (const workspaceId of workspaceIds) {
    try {
      await peers.registry(workspaceId).sweep({ format: messageFormat })
    } catch (cause) {
      platformReport('sweep failed', { workspace: workspaceId, cause: causeOf(cause) })
    }
  }
}

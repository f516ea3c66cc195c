import type { Applied } from '../shared/plan-protocol.ts'
import type { GatewayApi } from './gateway-api.ts'
import type { LoadedDefinitions } from './load-definitions.ts'

/** Sends definitions with the hash they are meant to follow: a change in between is refused, not overwritten. */
export async function applyDefinitions(
  api: GatewayApi,
  { json }: LoadedDefinitions,
): Promise<Applied> {
  const current = await api.getDefinitions()
  return api.apply(JSON.parse(json), current?.hash ?? null)
}

/** Says what an apply changed, a line for each change and one for the whole. */
export function renderApplied({ workspace, version, changes }: Applied): string {
  const made = changes.filter(({ action }) => action !== 'none')
  const lines = made.map(
    ({ action, kind, name }) => `  ${action} ${kind.replaceAll('_', ' ')} ${name}`,
  )
  const whole =
    made.length === 0
      ? `Workspace ${workspace} is unchanged (version ${version}).`
      : `Workspace ${workspace} is now at version ${version}.`
  return [...lines, whole].join('\n')
}

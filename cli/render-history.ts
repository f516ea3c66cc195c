import type { History, WorkspaceList } from '../shared/plan-protocol.ts'
import { printable } from './printable.ts'
import { renderColumns } from './render-columns.ts'

const maxNamed = 4

/** Lists versions as a table, one line each. */
export function renderHistory({ applies }: History): string {
  if (applies.length === 0) return 'Nothing was applied yet.'
  return renderColumns([
    ['VERSION', 'APPLIED AT', 'ACTION', 'KEY', 'CHANGES'],
    ...applies.map(({ version, applied_at, action, key_id, changes }) => {
      const named = changes
        .slice(0, maxNamed)
        .map(({ action, kind, name }) => `${action} ${kind.replaceAll('_', ' ')} ${name}`)
      const more = changes.length - named.length
      const all = more > 0 ? [...named, `${more} more`] : named
      return [`${version}`, applied_at, action, key_id, all.join(', ')].map(printable)
    }),
  ])
}

/** Lists workspaces as a table, one line each. */
export function renderWorkspaces({ workspaces }: WorkspaceList): string {
  if (workspaces.length === 0) return 'This key has no workspace yet; tidegate apply makes one.'
  return renderColumns([
    ['NAME', 'LIVE', 'VERSION', 'CREATED AT'],
    ...workspaces.map(({ name, live, version, created_at }) =>
      [name, live ? 'yes' : 'no', `${version}`, created_at].map(printable),
    ),
  ])
}

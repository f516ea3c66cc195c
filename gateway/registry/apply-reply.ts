import type { AppliedObject, PlannedChange, PlannedKind } from '../../shared/plan-protocol.ts'
import type { WorkspaceDefinitions } from '../../shared/workspace-definitions.ts'
import { messageFormat } from '../contracts/message.ts'
import type { ApplyReply, RegistryRefusal } from '../contracts/registry-contract.ts'
import type { ResolvedDefinitions } from './resolved-definitions.ts'

/** Says that the definitions are not those that a sender compared with. */
export function movedReason(hash: string | undefined, expected: string | null): string {
  if (hash === (expected ?? undefined)) {
    // The same definitions under another version: shards were added, or others came and went.
    return 'The workspace has moved on since this was planned, though its definitions are the same. Plan and apply again.'
  }
  const now = hash === undefined ? 'nothing was applied yet' : `the definitions have hash ${hash}`
  return `The workspace is not what the sender expects: ${now}, expected ${expected ?? 'nothing'}. Plan and apply again.`
}

/** Refuses: nothing was changed. */
export function refusal(outcome: RegistryRefusal['outcome'], reason: string): RegistryRefusal {
  return { format: messageFormat, outcome, reason }
}

/** Says what an apply has made, with ids of what is there now; `none` is what stays as it was. */
export function applied(
  { version, hash, sources, services }: ResolvedDefinitions,
  definitions: WorkspaceDefinitions,
  changes: readonly PlannedChange[],
): ApplyReply {
  const ids = new Map<string, string>([
    ...sources.map(({ name, id }) => [`stream_source ${name}`, id] as const),
    ...sources.flatMap(({ views }) =>
      views.map(({ name, id }) => [`stream_feature_view ${name}`, id] as const),
    ),
    ...services.map(({ name, id }) => [`feature_service ${name}`, id] as const),
  ])
  const done = changes.map(({ action, kind, name }): AppliedObject => {
    // What has no id of its own is known by its name.
    return action === 'delete'
      ? { action, kind, name }
      : { action, kind, name, id: ids.get(`${kind} ${name}`) ?? name }
  })
  const changed = new Set(changes.map(({ kind, name }) => `${kind} ${name}`))
  const kept = namesOf(definitions)
    .filter(([kind, name]) => !changed.has(`${kind} ${name}`))
    .map(([kind, name]) => {
      return { action: 'none', kind, name, id: ids.get(`${kind} ${name}`) ?? name }
    })
  return { format: messageFormat, outcome: 'applied', version, hash, changes: [...done, ...kept] }
}

function namesOf(definitions: WorkspaceDefinitions): (readonly [PlannedKind, string])[] {
  const { sources, entities, featureViews, featureServices } = definitions
  return [
    ...sources.map(({ name }) => ['stream_source', name] as const),
    ...entities.map(({ name }) => ['entity', name] as const),
    ...featureViews.map(({ name }) => ['stream_feature_view', name] as const),
    ...featureServices.map(({ name }) => ['feature_service', name] as const),
  ]
}

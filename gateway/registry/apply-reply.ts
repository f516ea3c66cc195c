import { messageFormat } from '../contracts/message.ts'
import type { AppliedChange, ApplyReply } from '../contracts/registry-contract.ts'
import type { NamedObject } from './find-changes.ts'
import type { ResolvedDefinitions } from './resolved-definitions.ts'

/** Says that the definitions are not those that a sender compared with. */
export function movedReason(hash: string | undefined, expected: string | null): string {
  const now = hash === undefined ? 'nothing was applied yet' : `the definitions have hash ${hash}`
  return `The workspace is not what the sender expects: ${now}, expected ${expected ?? 'nothing'}. Compare and apply again.`
}

/** Refuses an apply: nothing was changed. */
export function refusal(outcome: 'conflict' | 'invalid', reason: string): ApplyReply {
  return { format: messageFormat, outcome, reason }
}

/** Says what an apply has made, with the ids of all. */
export function applied(
  definitions: ResolvedDefinitions,
  { created, updated, kept }: Record<'created' | 'updated' | 'kept', readonly NamedObject[]>,
): ApplyReply {
  const { version, hash, sources, services } = definitions
  const ids = new Map<string, string>([
    ...sources.map(({ name, id }) => [`stream_source ${name}`, id] as const),
    ...sources.flatMap(({ views }) =>
      views.map(({ name, id }) => [`stream_feature_view ${name}`, id] as const),
    ),
    ...services.map(({ name, id }) => [`feature_service ${name}`, id] as const),
  ])
  const change =
    (action: AppliedChange['action']) =>
    ({ kind, name }: NamedObject): AppliedChange => ({
      action,
      kind,
      name,
      id: ids.get(`${kind} ${name}`) ?? name,
    })
  return {
    format: messageFormat,
    outcome: 'applied',
    version,
    hash,
    changes: [
      ...created.map(change('create')),
      ...updated.map(change('update')),
      ...kept.map(change('none')),
    ],
  }
}

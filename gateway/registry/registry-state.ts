import { createDuties } from '../duties.ts'
import type { Ports } from '../ports.ts'
import { createPropagation } from './propagation.ts'
import type {
  AppliedDefinitions,
  CreatedWorkspace,
  RegistryStatements,
} from './registry-statements.ts'
import type { ResolvedDefinitions, ResolvedSource } from './resolved-definitions.ts'

/** What a registry holds, and the one way in which it moves on. */
export interface RegistryState {
  readonly statements: RegistryStatements
  /** What was applied last; nothing before the first apply. */
  resolved(): ResolvedDefinitions | undefined
  /** The workspace by its name; nothing before it is created, or when it is deleted. */
  created(): CreatedWorkspace | undefined
  /** Stores a version and tells everybody of it. */
  adopt(
    made: AppliedDefinitions,
    next: ResolvedDefinitions,
    by: { readonly keyId: string; readonly action: string },
  ): Promise<void>
  wake(): void
  alarm(): Promise<void>
}

export function createRegistryState(
  ports: Ports,
  statements: RegistryStatements,
  workspaceId: string,
): RegistryState {
  const { clock, storage } = ports
  storage.transaction(statements.createTables)
  let resolved = statements.resolved()
  const duties = createDuties(ports, {
    propagate: createPropagation(ports, statements, workspaceId, () => resolved),
  })

  const created = (): CreatedWorkspace | undefined => {
    const known = statements.workspace()
    // One that an older gateway made has its name and state from what was applied.
    if (known !== undefined || resolved === undefined || resolved.workspace === '') return known
    const createdUs = statements.version(1)?.appliedUs ?? 0
    return { name: resolved.workspace, live: resolved.live, createdUs }
  }

  return {
    statements,
    resolved: () => resolved,
    created,
    async adopt(made, next, by) {
      const kept = new Set(next.sources.map(({ id }) => id))
      const before = resolved?.sources ?? []
      const known = new Set(before.map(({ id }) => id))
      const workspace = created()
      const { workspace: name, live, version } = next
      storage.transaction(() => {
        const appliedUs = clock.now() * 1_000
        statements.insert({ ...made, ...by, appliedUs }, JSON.stringify(next))
        if (name === '') statements.setWorkspace(undefined)
        else statements.setWorkspace(workspace ?? { name, live, createdUs: appliedUs })
        for (const source of next.sources) {
          // The objects of a new source hold nothing that is older: they ask when they are first reached.
          if (source.version === version && known.has(source.id)) statements.leaveUntold(source.id)
        }
        for (const source of before) {
          if (kept.has(source.id)) continue
          statements.retire({ ...source, version, views: [] }, appliedUs)
          statements.leaveUntold(source.id)
        }
        for (const shard of shardsWithout(before, next)) statements.leaveUntold(shard)
        duties.renew('propagate', clock.now())
      })
      resolved = next
      // The alarm does it again should this be cut short; partitions also ask by themselves.
      await duties.run()
    },
    wake() {
      // By a clock that was ahead it may be due in hours, or years.
      if (statements.propagated() < (resolved?.version ?? 0)) duties.renew('propagate', clock.now())
      duties.wake()
    },
    alarm: () => duties.run(),
  }
}

/** Shards of the views that are there no more, as `ENTITY_SET/SHARD`. */
function shardsWithout(
  before: readonly ResolvedSource[],
  { sources }: ResolvedDefinitions,
): ReadonlySet<string> {
  const kept = new Set(sources.flatMap(({ views }) => views.map(({ id }) => id)))
  const gone = before.flatMap(({ views }) => views.filter(({ id }) => !kept.has(id)))
  return new Set(
    gone.flatMap(({ entitySetId, shards }) =>
      Array.from({ length: shards }, (_, shard) => `${entitySetId}/${shard}`),
    ),
  )
}

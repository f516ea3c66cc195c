import { type LogPiece, messageFormat } from '../contracts/message.ts'
import type { Peers } from '../ports.ts'
import type { ResolvedSource, ResolvedView } from '../registry/resolved-definitions.ts'
import { type SchemaVersions, schemaVersions } from '../schema-versions.ts'
import { type FoldLatest, type ViewRule, viewRule } from './view-rule.ts'

/** What a shard knows of the sources and views that it folds; nothing before it was read. */
export interface ShardDefinitions {
  /** Asks the registry. */
  read(): Promise<void>
  /** Whether all these views are known. */
  knows(viewIds: readonly string[]): boolean
  sources(): readonly ResolvedSource[]
  source(sourceId: string): ResolvedSource | undefined
  /** Asks the registry where records of a source are newer than what is known, once for each version met. */
  readUpTo(sourceId: string, version: number): Promise<void>
  /** The version of the source of a view, 0 for one not known. */
  versionOf(viewId: string): number
  /** The schemas of a source of these definitions. */
  versionsOf(source: ResolvedSource): SchemaVersions
  /** A source's views of this entity set. */
  viewsOf(source: ResolvedSource): readonly ResolvedView[]
  /** How a view folds rows of its source: each is an error where its definition cannot be read, by an older gateway. */
  ruleOf(source: ResolvedSource, view: ResolvedView): ViewRule
  /** The rule of a view by its id; nothing for one that is not known or cannot be read. */
  ruleOfId(viewId: string): ViewRule | undefined
}

/** The definitions of one entity set as its shard knows them. */
export function createShardDefinitions(
  peers: Pick<Peers, 'registry'>,
  workspaceId: string,
  entitySetId: string,
  onRead: (viewIds: ReadonlySet<string>) => void = () => {},
  fold?: FoldLatest,
): ShardDefinitions {
  let sources: readonly ResolvedSource[] | undefined
  let version = 0
  /** The newest version that was asked for: a registry that was restored may not have it. */
  let asked = 0
  const viewsOf = (source: ResolvedSource) =>
    source.views.filter(view => view.entitySetId === entitySetId)
  const source = (sourceId: string) => sources?.find(({ id }) => id === sourceId)
  const versions = new Map<ResolvedSource, SchemaVersions>()
  const rules = new Map<ResolvedView, ReadRule>()
  const versionsOf = (source: ResolvedSource): SchemaVersions => {
    const made = versions.get(source) ?? schemaVersions(source)
    versions.set(source, made)
    return made
  }
  const ruleOf = (source: ResolvedSource, view: ResolvedView): ViewRule => {
    const made = rules.get(view) ?? readRule(view, versionsOf(source), fold)
    rules.set(view, made)
    return made.rule
  }
  const read = async () => {
    const definitions = await peers.registry(workspaceId).definitions({ format: messageFormat })
    // A reply that was overtaken knows less than is known, and what it lacks is not gone.
    if (definitions !== undefined && definitions.version < version) return
    version = definitions?.version ?? 0
    sources = (definitions?.sources ?? []).filter(source => viewsOf(source).length > 0)
    versions.clear()
    rules.clear()
    onRead(new Set(sources.flatMap(viewsOf).map(({ id }) => id)))
  }
  return {
    viewsOf,
    versionsOf,
    ruleOf,
    ruleOfId(viewId) {
      for (const source of sources ?? []) {
        const view = source.views.find(({ id }) => id === viewId)
        if (view === undefined) continue
        const rule = ruleOf(source, view)
        return rules.get(view)?.isWhole === true ? rule : undefined
      }
      return undefined
    },
    read,
    async readUpTo(sourceId, version) {
      if (version <= Math.max(asked, source(sourceId)?.version ?? 0)) return
      await read()
      asked = version
    },
    versionOf: viewId =>
      sources?.find(({ views }) => views.some(({ id }) => id === viewId))?.version ?? 0,
    knows(viewIds) {
      if (sources === undefined) return false
      const known = new Set(sources.flatMap(viewsOf).map(({ id }) => id))
      return viewIds.every(id => known.has(id))
    },
    sources: () => sources ?? [],
    source,
  }
}

interface ReadRule {
  readonly rule: ViewRule
  readonly isWhole: boolean
}

/** One view that cannot be read must not keep a shard from folding the others: it fails at its first record. */
function readRule(view: ResolvedView, { rows }: SchemaVersions, fold?: FoldLatest): ReadRule {
  try {
    return { rule: viewRule(view, rows, fold), isWhole: true }
  } catch (cause) {
    const changes = () => {
      throw new TypeError(`StreamFeatureView "${view.name}" cannot be read.`, { cause })
    }
    return { rule: { inputs: new Set(), changes }, isWhole: false }
  }
}

/** The newest version that admitted some records. */
export function newestOf(pieces: readonly Pick<LogPiece, 'version'>[]): number {
  let newest = 0
  for (const { version } of pieces) if (version > newest) newest = version
  return newest
}

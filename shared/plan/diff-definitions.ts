import {
  encodeEntity,
  encodeFeatureService,
  encodeFeatureView,
  encodeSource,
} from '../definitions/encode-definitions.ts'
import { warningsOf } from '../definitions/stream-source.ts'
import { encodeFields } from '../fields/encode-fields.ts'
import type { Consequence, PlannedChange, PlannedKind } from '../plan-protocol.ts'
import type { WorkspaceDefinitions } from '../workspace-definitions.ts'
import { guardObjects } from './guard-objects.ts'
import { type ObjectChange, recreation, updating } from './object-change.ts'
import { objectDifferences } from './object-differences.ts'
import { sourceChange } from './source-change.ts'
import { viewChange } from './view-change.ts'

/** What differs between two states of a workspace, and what that means. */
export interface DefinitionsDiff {
  readonly changes: readonly PlannedChange[]
  /** Why it may not be applied. */
  readonly refusals: readonly string[]
  readonly warnings: readonly string[]
}

interface Declared {
  readonly name: string
  readonly owner?: string
  readonly description?: string
}

/** How objects of one kind are compared. */
interface Kind<T extends Declared> {
  readonly kind: PlannedKind
  readonly encode: (object: T) => object
  readonly created: (object: T) => readonly [Consequence, readonly string[]]
  readonly deleted: (object: T) => readonly [Consequence, readonly string[]]
  /** Asked also of an object that is written as before, since what it refers to may be another. */
  readonly changed: (before: T, after: T) => ObjectChange
}

/**
 * Compares two states of a workspace: what is created, updated, recreated under another id, and deleted, in the
 * order in which objects refer to each other. Pure; nothing before means that all is created.
 */
export function diffDefinitions(
  before: WorkspaceDefinitions | undefined,
  after: WorkspaceDefinitions,
  { suppressRecreates = false }: { readonly suppressRecreates?: boolean } = {},
): DefinitionsDiff {
  const changes: PlannedChange[] = []
  const refusals: string[] = []
  const compare = <T extends Declared>(kind: Kind<T>, old: readonly T[], now: readonly T[]) => {
    const known = new Map(old.map(object => [object.name, object]))
    for (const object of now) {
      const earlier = known.get(object.name)
      const found =
        earlier === undefined
          ? creation(kind, object)
          : alteration(kind, earlier, object, suppressRecreates)
      if (found === undefined) continue
      changes.push(found.change)
      refusals.push(...found.refusals)
    }
    const names = new Set(now.map(({ name }) => name))
    for (const object of old) if (!names.has(object.name)) changes.push(deletion(kind, object))
  }
  const isNew = (kind: PlannedKind, name: string) =>
    changes.some(
      change =>
        change.kind === kind &&
        change.name === name &&
        (change.action === 'create' || change.action === 'recreate'),
    )

  compare(sources, before?.sources ?? [], after.sources)
  compare(entities, before?.entities ?? [], after.entities)
  compare(
    {
      kind: 'stream_feature_view',
      encode: encodeFeatureView,
      created: ({ online, source }) =>
        online && !isNew('stream_source', source.name)
          ? ['needs_backfill', ['Its features are folded from the log before they are served.']]
          : ['compatible', []],
      deleted: ({ online }) =>
        online ? ['destructive', ['Its features are served no more.']] : ['compatible', []],
      changed: (old, now) => viewChange(old, now, isNew('stream_source', now.source.name)),
    },
    before?.featureViews ?? [],
    after.featureViews,
  )
  compare(services, before?.featureServices ?? [], after.featureServices)

  const guarded = before?.live === true ? guardObjects(before, after, changes) : []
  return {
    changes,
    refusals: [...refusals, ...guarded],
    warnings: after.sources.flatMap(warningsOf),
  }
}

const sources: Kind<WorkspaceDefinitions['sources'][number]> = {
  kind: 'stream_source',
  encode: encodeSource,
  created: () => ['compatible', []],
  deleted: ({ streamConfig }) => [
    'destructive',
    [
      streamConfig.logOffline
        ? 'No more records are taken; its offline log is kept until its retention.'
        : 'No more records are taken, and those that it holds are forgotten.',
    ],
  ],
  changed: sourceChange,
}

const entities: Kind<WorkspaceDefinitions['entities'][number]> = {
  kind: 'entity',
  encode: encodeEntity,
  created: () => ['compatible', []],
  deleted: () => ['compatible', []],
  changed: (before, after) => {
    const [old, now] = [before, after].map(({ joinKeys }) =>
      JSON.stringify(encodeFields(joinKeys).map(({ name, dtype }) => [name, dtype])),
    )
    return old === now ? updating() : recreation(['Its join keys are others.'], 'compatible')
  },
}

const services: Kind<WorkspaceDefinitions['featureServices'][number]> = {
  kind: 'feature_service',
  encode: encodeFeatureService,
  created: () => ['compatible', []],
  deleted: () => ['destructive', ['Whoever reads it gets no answer.']],
  changed: () => updating(),
}

function creation<T extends Declared>({ kind, created }: Kind<T>, object: T) {
  const [consequence, reasons] = created(object)
  const change = { ...headOf(kind, object), action: 'create' as const, consequence, reasons }
  return { change: { ...change, differences: [] }, refusals: [] }
}

function deletion<T extends Declared>({ kind, deleted }: Kind<T>, object: T): PlannedChange {
  const [consequence, reasons] = deleted(object)
  return { ...headOf(kind, object), action: 'delete', consequence, reasons, differences: [] }
}

function alteration<T extends Declared>(
  { kind, encode, changed }: Kind<T>,
  before: T,
  after: T,
  suppressRecreates: boolean,
): { readonly change: PlannedChange; readonly refusals: readonly string[] } | undefined {
  const differences = objectDifferences(encode(before), encode(after))
  const { action, consequence, reasons, refusals, isSuppressible } = changed(before, after)
  if (differences.length === 0 && action === 'update') return undefined
  const head = { ...headOf(kind, after), differences }
  if (action === 'update' || !suppressRecreates) {
    return { change: { ...head, action, consequence, reasons }, refusals }
  }
  const what = `The ${kind.replaceAll('_', ' ')} "${after.name}"`
  if (isSuppressible !== true) {
    const refusal = `${what} cannot be updated in place. ${reasons.join(' ')}`
    return { change: { ...head, action, consequence, reasons }, refusals: [...refusals, refusal] }
  }
  const mixture = 'Its recreation is suppressed: what was folded before stays as it is.'
  return {
    change: { ...head, action: 'update', consequence: 'compatible', reasons: [mixture] },
    refusals,
  }
}

function headOf(kind: PlannedKind, { name, owner, description }: Declared) {
  return {
    kind,
    name,
    ...(owner === undefined ? {} : { owner }),
    ...(description === undefined ? {} : { description }),
  }
}

import type { PlannedChange } from '../plan-protocol.ts'
import type { WorkspaceDefinitions } from '../workspace-definitions.ts'

type Protected = { readonly name: string; readonly preventDestroy: boolean }

/**
 * Gives a sentence for each deletion and recreation that `preventDestroy` forbids: of the object that declares it
 * and of everything that it depends on; and for each update that destroys what is stored or served. A shorter
 * retention destroys nothing that dependants hold: there only the source's own protection counts. An object that is declared without it by now is protected no more; one
 * that is gone is what it was.
 */
export function guardObjects(
  before: WorkspaceDefinitions,
  after: WorkspaceDefinitions,
  changes: readonly PlannedChange[],
): readonly string[] {
  const guards = guardsOf(before, after)
  return changes.flatMap(({ action, kind, name, consequence, reasons }) => {
    if (action === 'create' || (action === 'update' && consequence !== 'destructive')) return []
    const guard = guards.get(`${kind} ${name}`)
    const isOwn = guard === `${kind} ${name}`
    if (guard === undefined || (action === 'update' && kind === 'stream_source' && !isOwn))
      return []
    const what = {
      delete: 'be deleted',
      recreate: 'be recreated',
      update: `destroy what it has (${reasons.join(' ')})`,
    }[action]
    const whose = isOwn ? 'it declares' : `${say(guard)} depends on it and declares`
    return [
      `${say(`${kind} ${name}`)} may not ${what}: ${whose} preventDestroy. Apply it with preventDestroy: false first.`,
    ]
  })
}

/** For each protected object: whose protection it is. */
function guardsOf(before: WorkspaceDefinitions, after: WorkspaceDefinitions) {
  const guards = new Map<string, string>()
  const protect = (guard: string, ...keys: readonly string[]) => {
    for (const key of keys) if (!guards.has(key)) guards.set(key, guard)
  }
  const isProtected = (old: Protected, now: readonly Protected[]) =>
    (now.find(({ name }) => name === old.name) ?? old).preventDestroy

  for (const source of before.sources) {
    const key = `stream_source ${source.name}`
    if (isProtected(source, after.sources)) guards.set(key, key)
  }
  for (const entity of before.entities) {
    const key = `entity ${entity.name}`
    if (isProtected(entity, after.entities)) guards.set(key, key)
  }
  const partsOf = (view: WorkspaceDefinitions['featureViews'][number]) => [
    `stream_source ${view.source.name}`,
    ...view.entities.map(({ name }) => `entity ${name}`),
  ]
  for (const view of before.featureViews) {
    const key = `stream_feature_view ${view.name}`
    if (!isProtected(view, after.featureViews)) continue
    guards.set(key, key)
    protect(key, ...partsOf(view))
  }
  for (const service of before.featureServices) {
    const key = `feature_service ${service.name}`
    if (!isProtected(service, after.featureServices)) continue
    guards.set(key, key)
    for (const view of service.features) {
      protect(key, `stream_feature_view ${view.name}`, ...partsOf(view))
    }
  }
  return guards
}

function say(key: string): string {
  const [kind = '', ...name] = key.split(' ')
  return `The ${kind.replaceAll('_', ' ')} "${name.join(' ')}"`
}

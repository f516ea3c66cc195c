import type { AnyType } from '../../shared/fields/data-type.ts'
import { Refusal } from '../../shared/fields/refusal.ts'
import { entityKeyOf } from '../online/entity-key.ts'
import type { FeaturesRequest, RowRequest } from './features-request.ts'
import { malformed } from './request-members.ts'
import type { ServedView } from './requested-service.ts'
import { columnType } from './served-features.ts'

/** The key of one entity for each entity set of a service. */
export type EntityKeys = ReadonlyMap<string, string>

/** Finds the keys of all rows of a request, by entity set; throws a Problem that names the row and the key. */
export function entityKeysOf(
  { form, rows }: FeaturesRequest,
  views: readonly ServedView[],
): readonly EntityKeys[] {
  const sets = new Map(views.map(served => [served.view.entitySetId, served]))
  const known = new Set(views.flatMap(({ view }) => view.joinKeys))
  return rows.map((row, at) => {
    const where = form === 'batch' ? `requestData[${at}]: ` : ''
    refuseUnknown(row, known, where)
    return new Map(
      [...sets].map(([entitySetId, served]) => [entitySetId, keyOf(served, row, where)]),
    )
  })
}

function keyOf({ view, compiled }: ServedView, { joinKeyMap }: RowRequest, where: string): string {
  const keys = view.joinKeys.map(name => {
    if (!Object.hasOwn(joinKeyMap, name))
      throw malformed(`${where}Missing required join key: ${name}`)
    const dtype = columnType(compiled, name)
    const checked = dtype['~check'](joinKeyValue(dtype, joinKeyMap[name]))
    if (!(checked instanceof Refusal)) return [name, checked] as const
    throw malformed(
      `${where}Invalid join key: ${name}: expected ${checked.expected} but received ${checked.received}.`,
    )
  })
  return entityKeyOf(view.joinKeys, Object.fromEntries(keys))
}

/** Tecton's Java client sends every key as text, and Int32 is int64 to all of its clients. */
function joinKeyValue({ kind }: AnyType, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (kind === 'bool' && (value === 'true' || value === 'false')) return value === 'true'
  return kind === 'int32' && /^-?(?:0|[1-9]\d{0,9})$/.test(value) ? BigInt(value) : value
}

function refuseUnknown(
  { joinKeyMap, requestContextMap }: RowRequest,
  known: ReadonlySet<string>,
  where: string,
): void {
  const key = Object.keys(joinKeyMap).find(name => !known.has(name))
  if (key !== undefined) {
    throw malformed(
      `${where}Unexpected join key: ${key.slice(0, 64)}; the feature service has ${[...known].join(', ')}.`,
    )
  }
  const [context] = Object.keys(requestContextMap)
  if (context !== undefined) {
    throw malformed(
      `${where}Unexpected request context key: ${context.slice(0, 64)}; the feature service has none.`,
    )
  }
}

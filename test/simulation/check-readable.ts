import { entityKeyOf } from '../../gateway/online/entity-key.ts'
import type { ResolvedView } from '../../gateway/registry/resolved-definitions.ts'
import { lifetimeCount } from './aggregate-views.ts'
import type { HazardRules } from './hazards.ts'
import type { Ledger, Settled } from './ledger.ts'
import type { Watcher } from './watcher.ts'
import type { SimRecord } from './workload.ts'

/** I5: from the acknowledgement on the record, or a newer one, is what features say. */
export async function checkReadable(
  watcher: Watcher,
  record: SimRecord,
  { status, code }: Settled,
  ledger: Pick<Ledger, 'wrong' | 'excused' | 'pushed' | 'settled'>,
  { mayWithhold }: Pick<HazardRules, 'mayWithhold'>,
): Promise<void> {
  const { wrong, excused } = ledger
  if ((status !== 'accepted' && status !== 'duplicate') || code === 'settled') return
  const { sources } = await watcher.definitions()
  const views = sources.find(({ name }) => name === record.source)?.views ?? []
  for (const view of views) {
    if (view.aggregation !== undefined) {
      if (view.name === 'tallied') await checkCounted(watcher, view, record, ledger)
      continue
    }
    const { status: served, eventTime = '' } = await watcher.feature(view, { ...record })
    // A view that came after its source's records says of itself that it knows nothing.
    if (excused.has(record.id)) return
    if (served === 'unknown' && (mayWithhold || view.name === 'clicked')) continue
    const said = `I5 ${record.id} was acknowledged`
    if (served !== 'present') wrong.push(`${said}, and its entity is ${served}`)
    else if (Date.parse(eventTime) < Date.parse(record.at)) {
      wrong.push(`${said}, and an older record is served`)
    }
  }
}

/** I5: the count of a lifetime has every record of the entity that was acknowledged; a view that comes late may wait. */
async function checkCounted(
  watcher: Watcher,
  view: ResolvedView,
  { source, entity }: SimRecord,
  { wrong, pushed, settled, excused }: Pick<Ledger, 'wrong' | 'excused' | 'pushed' | 'settled'>,
): Promise<void> {
  let known = 0
  for (const [id, { status, code }] of settled) {
    const isStored = status === 'accepted' || (status === 'duplicate' && code !== 'settled')
    const record = pushed.get(id)
    if (isStored && record?.source === source && record.entity === entity) known++
  }
  const { id, joinKeys, entitySetId, shards, features } = view
  const keys = new Set([entityKeyOf(joinKeys, { entity })])
  const asked = { entitySetId, shards, viewIds: [id], keys }
  const [[, { readings }] = ['', { readings: [] }]] = await watcher.persist(() =>
    watcher.read(asked),
  )
  const [reading] = readings
  if (reading?.status !== 'present' || excused.size > 0) return
  const count = Number(reading.state.values[features.indexOf(lifetimeCount)])
  if (count < known) wrong.push(`I5 ${count} of ${known} records of ${entity} are counted`)
}

import type { HazardRules } from './hazards.ts'
import type { Ledger, Settled } from './ledger.ts'
import type { Watcher } from './watcher.ts'
import type { SimRecord } from './workload.ts'

/** I5: from the acknowledgement on the record, or a newer one, is what features say. */
export async function checkReadable(
  watcher: Watcher,
  record: SimRecord,
  { status, code }: Settled,
  { wrong, excused }: Pick<Ledger, 'wrong' | 'excused'>,
  { mayWithhold }: Pick<HazardRules, 'mayWithhold'>,
): Promise<void> {
  if ((status !== 'accepted' && status !== 'duplicate') || code === 'settled') return
  const { sources } = await watcher.definitions()
  const views = sources.find(({ name }) => name === record.source)?.views ?? []
  for (const view of views) {
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

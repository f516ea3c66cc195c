import { entityKeyOf } from '../../gateway/online/entity-key.ts'
import { checkReadable } from './check-readable.ts'
import type { HazardRules } from './hazards.ts'
import { checkAggregates, readAggregateViews } from './judge-aggregates.ts'
import type { Ledger } from './ledger.ts'
import { checkFrame, checkReceipts, countRows, type FrameRow, latestRows } from './oracles.ts'
import { sourceNameOf } from './source-name.ts'
import type { Watcher } from './watcher.ts'

/**
 * What still holds once the audit has said that something is lost or damaged: a data frame breaks off or is
 * right, and a feature is right or unknown; nothing wrong is served.
 */
export async function judgeHurt(
  watcher: Watcher,
  ledger: Ledger,
  rules: HazardRules,
): Promise<void> {
  const { wrong, pushed, settled, excused } = ledger
  const { sources } = await watcher.definitions()
  for (const source of sources) {
    const name = sourceNameOf(source)
    const rows = await watcher.frame(source, 3).catch((cause: unknown) => {
      if (rules.isReadable) wrong.push(`I1 ${name} cannot be read: ${cause}`)
      return undefined
    })
    if (rows === undefined) {
      for (const [id, told] of settled) {
        const record = pushed.get(id)
        if (record?.source !== name || excused.has(id)) continue
        await checkReadable(watcher, record, told, ledger, rules)
      }
      continue
    }
    wrong.push(...checkFrame(name, rows, ledger), ...checkReceipts(name, rows, settled, ledger))
    const aggregates = await readAggregateViews(watcher, source, false)
    if (rules.isAnswered) wrong.push(...checkAggregates(source, aggregates, rows, () => true))
    for (const view of source.views) {
      if (view.aggregation !== undefined) continue
      const keyOf = (row: FrameRow) => entityKeyOf(view.joinKeys, { ...row })
      const counts = countRows(rows, keyOf)
      for (const [key, row] of latestRows(rows, keyOf)) {
        const { status, id, count } = await watcher.feature(view, { ...row })
        const isLate = view.name === 'clicked'
        if (status === 'unknown' && (rules.mayWithhold || isLate)) continue
        // What a log behind its peers has stored, it has told nobody.
        if (!rules.isAnswered && !settled.has(row.id)) continue
        if (excused.has(String(id)) || excused.has(row.id)) continue
        if (id !== row.id) {
          wrong.push(`I4 ${view.name} serves ${id ?? status}, the log says ${row.id}`)
        } else if (count !== counts.get(key) && rules.isAnswered) {
          const logged = counts.get(key)
          wrong.push(`I4 ${view.name} folded ${count} of ${logged} records of ${key}`)
        }
      }
    }
  }
}

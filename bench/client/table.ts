import type { Cost } from './cost.ts'
import type { Delivered } from './deliver.ts'
import { eventCount } from './deliver.ts'

/** Gives the lines of a table, columns padded; figures to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, at) =>
    Math.max(name.length, ...rows.map(row => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
  return [head, ...rows].map(line).join('\n')
}

const deliveryHead = [
  'run',
  'client',
  'requests',
  'at close',
  'seconds',
  'at end',
  'lost',
  'copies',
  'one id',
  'stored twice',
  'peak',
  'B an event',
  'within 950 ms of 429',
]

/** One line for each run; those of one load, mode and seed together. */
export function deliveryTable(all: readonly Delivered[]): string {
  const rows = all.map(({ client, load, mode, seed, closedMs, atClose, atEnd }) => [
    mode === 'healthy' ? `${load} healthy` : `${load} reset ${mode} ${seed}`,
    client,
    String(atEnd.requests),
    String(atClose.delivered),
    closedMs === undefined ? 'never' : (closedMs / 1_000).toFixed(1),
    String(atEnd.delivered),
    String(eventCount - atEnd.delivered),
    String(atEnd.copies),
    atEnd.oneId === undefined ? '' : atEnd.oneId ? 'yes' : 'no',
    String(atEnd.storedTwice),
    String(atEnd.peak),
    (atEnd.bytes / eventCount).toFixed(0),
    String(atEnd.impatient),
  ])
  return table(deliveryHead, rows)
}

/** µs of CPU an event, and how many of the pushed ones were sent at all. */
export function costTable(costs: readonly Cost[]): string {
  return table(
    ['client', 'µs a push', 'µs with drain', 'sent'],
    costs.map(({ client, pushUs, drainUs, sent }) => [
      client,
      pushUs.toFixed(2),
      drainUs.toFixed(2),
      String(sent),
    ]),
  )
}

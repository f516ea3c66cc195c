import type { ProducerId } from '../shared/ingest-protocol.ts'
import type { Ledger } from './ledger.ts'
import type { OutboxEntry } from './outbox.ts'
import { keyOf, type Pending, type Queue } from './queue.ts'

/**
 * Lets go of a producer that another client owns now. Of what that one does not know, `rename` gets what never
 * left; the rest may be stored or not, and would not be stored any more: the other's floors are above it.
 */
export function loseProducer(
  {
    queue,
    ledger,
    flights,
  }: {
    readonly queue: Queue
    readonly ledger: Ledger
    readonly flights: ReadonlyMap<AbortController, readonly Pending[]>
  },
  producer: ProducerId,
  unkept: readonly OutboxEntry[],
  rename: (pending: Pending) => void,
): void {
  const isOwn = ({ entry }: Pending) => entry.producer === producer
  const unknown = new Set(unkept.map(keyOf))
  const flown = [...flights].filter(([, batch]) => batch.some(isOwn))
  const own = queue.all().filter(isOwn)
  const alone = own.filter(({ entry }) => unknown.has(keyOf(entry)))
  const left = alone.filter(({ leftMs }) => leftMs !== undefined)
  ledger.disown(own.filter(({ entry }) => !unknown.has(keyOf(entry))))
  ledger.drop(left, 'Another page took over before the gateway answered.', 'disowned')
  for (const pending of alone) if (pending.leftMs === undefined) rename(pending)
  for (const [abort] of flown) abort.abort()
}

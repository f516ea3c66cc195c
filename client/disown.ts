import type { Ledger } from './ledger.ts'
import type { OutboxEntry } from './outbox.ts'
import { keyOf, type Pending } from './pending.ts'
import type { Queue } from './queue.ts'

/**
 * Lets go of a producer that another client owns now; gives what is to be pushed anew, out of the queue. Of what
 * that client does not know, `unkept`, this is what never left; the rest may be stored or not, and would not be
 * stored any more: the other's floors are above it.
 */
export function disown(
  queue: Queue,
  ledger: Ledger,
  producer: string,
  unkept: readonly OutboxEntry[],
): readonly Pending[] {
  const unknown = new Set(unkept.map(keyOf))
  const own = [...queue.items].filter(({ entry }) => entry.producer === producer)
  const alone = own.filter(({ entry }) => unknown.has(keyOf(entry)))
  const fresh = alone.filter(({ leftMs }) => leftMs === undefined)
  for (const { flight } of own) flight?.abort()
  for (const pending of fresh) {
    queue.remove(pending)
    pending.flight = undefined
  }
  ledger.disown(own.filter(pending => !alone.includes(pending)))
  ledger.drop(
    alone.filter(pending => queue.items.has(pending)),
    'Another page took over before the gateway answered.',
    'disowned',
  )
  return fresh
}

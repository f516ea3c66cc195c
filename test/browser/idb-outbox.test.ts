import type { OutboxBounds } from '../../client/held-entries.ts'
import { idbOutbox } from '../../client/idb-outbox.ts'
import { persistentConformance } from '../client/support/persistent-conformance.ts'
import { patientClock } from './support/patient-clock.ts'
import { freshName, inDatabase, openTab } from './support/tab.ts'

const producer = 'ab'.repeat(16)

/** Opens an outbox in a tab; whoever comes next finds the tab killed, and no lease in force. */
function openIn(withLocks: boolean, bounds: OutboxBounds | undefined) {
  const name = freshName()
  let skewMs = 0
  let tab = openTab()
  const open = (given: OutboxBounds | undefined) => {
    const nowMs = skewMs
    return idbOutbox({
      ...given,
      name,
      indexedDB: tab.indexedDB,
      locks: withLocks ? tab.locks : null,
      clock: { ...patientClock, now: () => Date.now() + nowMs },
    })
  }
  return {
    outbox: open(bounds),
    reopen(given?: OutboxBounds) {
      tab.kill()
      tab = openTab()
      skewMs += 60_000
      return open(given)
    },
    damage: () =>
      inDatabase(name, (entries, owners) => {
        entries.put({ producer, source: 'clicks', sequence: 1, order: 1, text: '{"n":"1' })
        entries.put({ producer, source: 5, sequence: 'what', is: 'this' })
        owners.put({ producer: 'somebody', of: 'another program' })
      }),
    operations: () => tab.operations(),
  }
}

persistentConformance('idbOutbox with locks', bounds => openIn(true, bounds))
persistentConformance('idbOutbox with leases', bounds => openIn(false, bounds))

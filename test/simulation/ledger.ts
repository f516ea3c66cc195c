import { type Fate, fateOf, type SimRecord, type SourceName } from './workload.ts'

/** What a sender was told of a record. */
export interface Settled {
  readonly status: 'accepted' | 'duplicate' | 'rejected' | 'dropped'
  readonly code?: string
}

/** What a run knows of its records, apart from the gateway: the oracles compare the two. */
export interface Ledger {
  readonly pushed: ReadonlyMap<string, SimRecord>
  readonly settled: ReadonlyMap<string, Settled>
  /** Records whose sender died before it was told anything, with no journal to go on from. */
  readonly lost: ReadonlySet<string>
  /** Those of them that nobody may have sent: their write into the journal was lost. */
  readonly unsent: ReadonlySet<string>
  /** Records of callers that are promised no more than at least once. */
  readonly repeatable: ReadonlySet<string>
  /** What the gateway has to say of a record; whatever the clock of a Worker says, once one was wrong. */
  fateOf(record: SimRecord): Fate
  /** From now on the clocks of Workers are wrong. */
  distrustWorkers(): void
  /** From now on a device may take what it sent for older than it is, and give it up. */
  distrustDevices(): void
  mayGiveUp(): boolean
  /** A stored row is damaged: what it said of producers is not known any more. */
  distrustRows(): void
  mayForget(): boolean
  /** Sentences on what must not be. */
  readonly wrong: string[]
  push(record: SimRecord, isRepeatable?: boolean): void
  settle(record: SimRecord, settled: Settled): void
  /** A restored journal has forgotten that the record was settled: it hears of it again. */
  reopen(record: SimRecord): void
  /** The operator has restored a log to before these were stored: that they are gone is no news. */
  excuseAll(): void
  /** A source is recreated in this run: what one of the two took the other need not have. */
  excuseSource(source: SourceName): void
  readonly excused: ReadonlySet<string>
  lose(record: SimRecord, how: 'maybe sent' | 'never sent'): void
}

/** Gives an empty ledger; whoever listens hears of each record that is settled. */
export function createLedger(onSettled: (record: SimRecord, settled: Settled) => void): Ledger {
  const pushed = new Map<string, SimRecord>()
  const settled = new Map<string, Settled>()
  const lost = new Set<string>()
  const unsent = new Set<string>()
  const repeatable = new Set<string>()
  const wrong: string[] = []
  const reopened = new Set<string>()
  const excused = new Set<string>()
  const excusedSources = new Set<SourceName>()
  let workersAreRight = true
  let devicesAreRight = true
  let rowsAreRight = true
  return {
    pushed,
    settled,
    lost,
    unsent,
    excused,
    repeatable,
    wrong,
    fateOf: record => (workersAreRight ? fateOf(record) : 'either'),
    distrustWorkers() {
      workersAreRight = false
    },
    distrustDevices() {
      devicesAreRight = false
    },
    mayGiveUp: () => !devicesAreRight,
    distrustRows() {
      rowsAreRight = false
    },
    mayForget: () => !rowsAreRight,
    push(record, isRepeatable = false) {
      pushed.set(record.id, record)
      if (excusedSources.has(record.source)) excused.add(record.id)
      if (isRepeatable) repeatable.add(record.id)
    },
    reopen(record) {
      if (settled.has(record.id)) reopened.add(record.id)
    },
    excuseSource: source => void excusedSources.add(source),
    excuseAll() {
      for (const id of pushed.keys()) excused.add(id)
    },
    settle(record, now) {
      const { id } = record
      const before = settled.get(id)
      if (before !== undefined && reopened.delete(id)) {
        const isSame = now.status === before.status && now.status !== 'accepted'
        if (isSame || now.status === 'duplicate' || before.status === 'dropped') return
        wrong.push(
          `I2 record ${id} was ${before.status} and is ${now.status} from a restored journal`,
        )
      } else if (before !== undefined) wrong.push(`I8 record ${id} was settled twice`)
      settled.set(id, now)
      onSettled(record, now)
    },
    lose(record, how) {
      lost.add(record.id)
      if (how === 'never sent') unsent.add(record.id)
    },
  }
}

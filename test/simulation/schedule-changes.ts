import type { followWork } from './follow-work.ts'
import type { Ledger } from './ledger.ts'
import type { createOperator } from './operator.ts'
import type { SchedulePlan } from './schedule-plan.ts'
import { streams } from './seed-streams.ts'
import { seededRandom } from './seeded-random.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface ChangingRun {
  readonly time: VirtualTime
  readonly operator: ReturnType<typeof createOperator>
  readonly ledger: Pick<Ledger, 'excuseSource'>
  readonly follow: ReturnType<typeof followWork>['follow']
  /** For how long records are pushed. */
  readonly pushingMs: number
  /** When the late source is made. */
  readonly lateMs: number
}

/** Has definitions change in mid-flow: more partitions and shards, another column, a source recreated. */
export function scheduleChanges(
  seed: number,
  plan: SchedulePlan,
  { time, operator, ledger, follow, pushingMs, lateMs }: ChangingRun,
): void {
  const doubled = seededRandom(seed, streams.doublings)
  for (let count = 0; count < plan.doublings; count++) {
    const by = doubled() < 0.7 ? 2 : 4
    time.at(doubled() * pushingMs, () => follow(operator.multiplyPartitions(by), 'a doubling'))
  }
  for (let count = 0; count < plan.splits; count++) {
    const by = doubled() < 0.7 ? 2 : 4
    time.at(doubled() * pushingMs, () => follow(operator.multiplyShards(by), 'a split'))
  }
  scheduleAggregates(seed, plan, { time, operator, follow, pushingMs })
  const changed = seededRandom(seed, streams.evolutions)
  const [evolvedMs, remadeMs] = [changed() * pushingMs, lateMs + changed() * (pushingMs - lateMs)]
  if (plan.evolves) time.at(evolvedMs, () => follow(operator.evolve(), 'an evolution'))
  if (plan.remakes && plan.appliesLate) {
    ledger.excuseSource('late')
    time.at(remadeMs, () => follow(operator.remake(), 'a recreation'))
  }
}

/** Aggregate views come late, become others of the same names, and go and come again. */
function scheduleAggregates(
  seed: number,
  { aggregates, aggregatesLate, aggregateChanges }: SchedulePlan,
  {
    time,
    operator,
    follow,
    pushingMs,
  }: Pick<ChangingRun, 'time' | 'operator' | 'follow' | 'pushingMs'>,
): void {
  if (aggregates.length === 0) return
  const random = seededRandom(seed, streams.aggregates)
  const lateMs = 5_000 + random() * 30_000
  if (aggregatesLate) {
    time.at(lateMs, () => follow(operator.aggregate('first'), 'aggregates that come late'))
  }
  for (let count = 0; count < aggregateChanges; count++) {
    const isRemoved = random() < 0.4
    const [whenMs, forMs] = [random() * pushingMs, random() * 10_000]
    time.at(whenMs, () => {
      const next = operator.aggregation() === 'first' ? 'other' : 'first'
      follow(operator.aggregate(isRemoved ? 'none' : next), 'a change of aggregates')
    })
    if (!isRemoved) continue
    time.at(whenMs + forMs, () => follow(operator.aggregate('first'), 'aggregates again'))
  }
}

import { type AggregateViewName, aggregateViewNames } from './aggregate-views.ts'
import type { FaultName } from './faults.ts'
import { type Hazard, hazards } from './hazards.ts'
import { streams } from './seed-streams.ts'
import { type SeededRandom, seededRandom } from './seeded-random.ts'
import type { PageRoom } from './sim-sizes.ts'

/** What a seed decides about a schedule; a shrunk failure overrides some of it and keeps the seed. */
export interface SchedulePlan {
  readonly partitions: number
  /** Devices with a journal, killed and started again on what they kept. */
  readonly devices: number
  /** Devices with the memory outbox: what they did not settle dies with them. */
  readonly memoryDevices: number
  /** Senders of the wire protocol with several requests in flight that overtake each other. */
  readonly hastySenders: number
  readonly keyedCallers: number
  readonly plainCallers: number
  /** Records of each device and sender. */
  readonly records: number
  /** Whether a second source gets a view, and a third one is made, in mid-flow. */
  readonly appliesLate: boolean
  /** How often the partitions of `events` become more in mid-flow, twice or four times as many. */
  readonly doublings: number
  /** How often the shards of the first view's entities become more in mid-flow. */
  readonly splits: number
  /** Whether the sources get a column more in mid-flow. */
  readonly evolves: boolean
  /** Whether the third source is recreated after it was made. */
  readonly remakes: boolean
  readonly disturbances: number
  /** How often a clock of an object, a Worker or a device jumps. */
  readonly clockJumps: number
  /** What the platform itself does wrong in the run. */
  readonly hazard: Hazard
  /** How often another version is deployed beside the present one for a while, and taken back. */
  readonly rollouts: number
  /** Data frames read in mid-flow. */
  readonly cuts: number
  /** The aggregate views of `events`. */
  readonly aggregates: readonly AggregateViewName[]
  /** Whether they come in mid-flow. */
  readonly aggregatesLate: boolean
  /** How often they are declared otherwise in mid-flow, or taken away and declared again. */
  readonly aggregateChanges: number
  readonly pageRoom: PageRoom
  /** Faults that never happen, whatever the seed says. */
  readonly off: readonly FaultName[]
}

/** What a seed decides, but for what a mask says otherwise. */
export function planOf(seed: number, mask: Partial<SchedulePlan> = {}): SchedulePlan {
  return { ...drawPlan(seededRandom(seed, streams.plan)), ...mask }
}

/** The senders of a plan in order, each with its number among its kind. */
export function crowdOf(plan: SchedulePlan) {
  const crowd = [
    ['device', plan.devices],
    ['page', plan.memoryDevices],
    ['hasty', plan.hastySenders],
    ['keyed', plan.keyedCallers],
    ['plain', plan.plainCallers],
  ] as const
  return crowd.flatMap(([kind, count]) => Array.from({ length: count }, (_, at) => ({ kind, at })))
}

/** Draws a plan: small schedules are the many, and each kind of sender is left out of some. */
function drawPlan(random: SeededRandom): SchedulePlan {
  const upTo = (most: number) => Math.floor(random() * (most + 1))
  return {
    partitions: 2 ** upTo(1),
    devices: 1 + upTo(1),
    memoryDevices: upTo(1),
    hastySenders: upTo(1),
    keyedCallers: upTo(1),
    plainCallers: upTo(1),
    records: 3 + upTo(9),
    appliesLate: random() < 0.5,
    disturbances: random() < 0.7 ? 1 + upTo(5) : 0,
    cuts: upTo(3),
    hazard: random() < 0.65 ? 'none' : (hazards[1 + upTo(hazards.length - 2)] ?? 'none'),
    rollouts: random() < 0.7 ? 0 : 1 + upTo(1),
    clockJumps: random() < 0.7 ? 0 : 1 + upTo(4),
    doublings: random() < 0.5 ? 0 : 1 + upTo(1),
    splits: random() < 0.5 ? 0 : 1 + upTo(1),
    evolves: random() < 0.5,
    remakes: random() < 0.3,
    ...drawAggregates(random),
    off: [],
  }
}

/** Aggregate views are left out of some schedules, which are quicker. */
function drawAggregates(random: SeededRandom) {
  const isAny = random() < 0.6
  return {
    aggregates: aggregateViewNames.filter(() => random() < 0.6 && isAny),
    aggregatesLate: random() < 0.3,
    aggregateChanges: random() < 0.6 ? 0 : 1 + Math.floor(random() * 2),
    pageRoom: isAny && random() < 0.5 ? ('some' as const) : ('little' as const),
  }
}

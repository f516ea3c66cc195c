import type { SeededRandom } from './seeded-random.ts'

/** What can go wrong at a port call. */
export const faultKinds = ['before', 'after', 'crash_before', 'crash_after', 'slow'] as const
export type FaultKind = (typeof faultKinds)[number]

/** What can go wrong between a client and a Worker. */
export const networkFaults = ['lost', 'reply_lost', 'twice', 'late', 'overtaken'] as const
export type NetworkFault = (typeof networkFaults)[number]

export const rareFaults = [
  'alarm_lost',
  'alarm_twice',
  'stale_edge',
  'edge_missing',
  'outbox_full',
  'slow_confirm',
] as const
export type RareFault = (typeof rareFaults)[number]

export type FaultName = FaultKind | NetworkFault | RareFault
export const faultNames: readonly FaultName[] = [...faultKinds, ...networkFaults, ...rareFaults]

export interface Faults {
  /** Draws what goes wrong at this call. */
  atCall(): FaultKind | undefined
  atRequest(): NetworkFault | undefined
  /** Draws whether something rare happens, such as a lost alarm. */
  happens(what: RareFault): boolean
  stop(): void
  injected(): number
  injectedOf(name: FaultName): number
  /** Port calls seen so far: the points of an exhaustive run. */
  calls(): number
}

/** The most often that each fault is drawn in a swarm, as a share of the calls that it may hit. */
const mostOften: { readonly [name in FaultName]: number } = {
  before: 0.08,
  after: 0.08,
  crash_before: 0.03,
  crash_after: 0.03,
  slow: 0.1,
  lost: 0.2,
  reply_lost: 0.25,
  twice: 0.15,
  late: 0.15,
  overtaken: 0.2,
  alarm_lost: 0.2,
  alarm_twice: 0.2,
  stale_edge: 0.5,
  edge_missing: 0.2,
  outbox_full: 0.15,
  slow_confirm: 0.15,
}

/** Swarm testing: each seed first draws which faults are on and how often, about half of them off. */
export function swarmFaults(random: SeededRandom, off: readonly FaultName[] = []): Faults {
  const rates = new Map<FaultName, number>()
  for (const name of faultNames) {
    const rate = random() < 0.5 ? 0 : random() * mostOften[name]
    rates.set(name, off.includes(name) ? 0 : rate)
  }
  const rateOf = (name: FaultName) => rates.get(name) ?? 0
  let on = true
  const injected = new Map<FaultName, number>()
  let calls = 0
  const pick = <K extends FaultName>(kinds: readonly K[]): K | undefined => {
    const drawn = random()
    let sum = 0
    for (const kind of kinds) {
      sum += rateOf(kind)
      if (on && drawn < sum) {
        injected.set(kind, (injected.get(kind) ?? 0) + 1)
        return kind
      }
    }
    return undefined
  }
  return {
    atCall: () => {
      calls++
      return pick(faultKinds)
    },
    atRequest: () => pick(networkFaults),
    happens: what => pick([what]) !== undefined,
    stop: () => {
      on = false
    },
    injected: () => [...injected.values()].reduce((sum, count) => sum + count, 0),
    injectedOf: name => injected.get(name) ?? 0,
    calls: () => calls,
  }
}

/** Exactly one fault, at the n-th port call: what an exhaustive run repeats for every call and kind. */
export function singleFault(at: number, kind: FaultKind): Faults {
  let calls = 0
  let injected = 0
  return {
    atCall: () => {
      if (calls++ !== at) return undefined
      injected++
      return kind
    },
    atRequest: () => undefined,
    happens: () => false,
    stop: () => {},
    injected: () => injected,
    injectedOf: name => (name === kind ? injected : 0),
    calls: () => calls,
  }
}

/** Nothing goes wrong; counts the calls. */
export function noFaults(): Faults {
  return singleFault(-1, 'before')
}

import type { SeededRandom } from './seeded-random.ts'

/** What can go wrong at a port call. */
export const faultKinds = ['before', 'after', 'crash_before', 'crash_after', 'slow'] as const
export type FaultKind = (typeof faultKinds)[number]

/** What can go wrong between a client and a Worker. */
export const networkFaults = ['lost', 'reply_lost', 'twice', 'late'] as const
export type NetworkFault = (typeof networkFaults)[number]

export interface Faults {
  /** Draws what goes wrong at this call; `place` names it in the trace. */
  atCall(place: string): FaultKind | undefined
  atRequest(place: string): NetworkFault | undefined
  /** Draws whether something rare happens, such as a lost alarm. */
  happens(what: RareFault): boolean
  stop(): void
  injected(): number
  /** Port calls seen so far: the points of an exhaustive run. */
  calls(): number
}

export const rareFaults = ['alarm_lost', 'alarm_twice', 'stale_edge', 'edge_missing'] as const
export type RareFault = (typeof rareFaults)[number]

/** Swarm testing: each seed first draws which faults are on and how often, about half of them off. */
export function swarmFaults(random: SeededRandom): Faults {
  const draw = (most: number) => (random() < 0.5 ? 0 : random() * most)
  const rates = {
    before: draw(0.08),
    after: draw(0.08),
    crash_before: draw(0.03),
    crash_after: draw(0.03),
    slow: draw(0.1),
  }
  const network = { lost: draw(0.2), reply_lost: draw(0.25), twice: draw(0.15), late: draw(0.15) }
  const rare = {
    alarm_lost: draw(0.2),
    alarm_twice: draw(0.2),
    stale_edge: draw(0.5),
    edge_missing: draw(0.2),
  }
  let on = true
  let injected = 0
  let calls = 0
  const pick = <K extends string>(kinds: readonly K[], of: { readonly [kind in K]: number }) => {
    const drawn = random()
    let sum = 0
    for (const kind of kinds) {
      sum += of[kind]
      if (on && drawn < sum) {
        injected++
        return kind
      }
    }
    return undefined
  }
  return {
    atCall: () => {
      calls++
      return pick(faultKinds, rates)
    },
    atRequest: () => pick(networkFaults, network),
    happens: what => {
      const drawn = random() < rare[what]
      if (!on || !drawn) return false
      injected++
      return true
    },
    stop: () => {
      on = false
    },
    injected: () => injected,
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
    calls: () => calls,
  }
}

/** Nothing goes wrong; counts the calls. */
export function noFaults(): Faults {
  return singleFault(-1, 'before')
}

import type { Ledger } from './ledger.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimSender } from './sim-device.ts'
import type { SimWorld } from './sim-world.ts'
import type { VirtualTime } from './virtual-time.ts'

/**
 * What breaks a promise of the platform itself: an object or a device is restored from a backup, a stored
 * row or part is damaged, or somebody else's object lies under the name of a part. At most one in a run.
 */
export const hazards = [
  'none',
  'device',
  'shard',
  'catalogue',
  'partition',
  'row',
  'part',
  'stray',
] as const
export type Hazard = (typeof hazards)[number]

/** What is still promised after a hazard; without one everything is. */
export interface HazardRules {
  /** Reports that production code may make of it, and has to make of nothing else. */
  readonly reports: readonly string[]
  /** Whether the audit must agree at rest. */
  readonly isWhole: boolean
  /** Whether every data frame must still be read to its end; else it may break off, never be wrong. */
  readonly isReadable: boolean
  /** Whether views may say that they know nothing. */
  readonly mayWithhold: boolean
  /** Whether features must be the fold of what the log says by now, or unknown. */
  readonly isFolded: boolean
  /** Whether everybody must hear of all that was pushed. */
  readonly isAnswered: boolean
}

const whole = {
  reports: [],
  isWhole: true,
  isReadable: true,
  mayWithhold: false,
  isFolded: true,
  isAnswered: true,
} satisfies HazardRules
const rowLost = ['stored records are damaged', 'roll stopped', 'history is missing']

export const hazardRules: { readonly [hazard in Hazard]: HazardRules } = {
  none: whole,
  device: whole,
  shard: { ...whole, reports: ['history is missing'], isWhole: false, mayWithhold: true },
  catalogue: {
    ...whole,
    // A view that comes late finds no parts of what the catalogue has forgotten.
    reports: ['commit conflicts', 'roll stopped', 'compaction stopped', 'history is missing'],
    isWhole: false,
    isReadable: false,
  },
  partition: {
    reports: [
      'shard is ahead of its partition',
      'catalogue is ahead of its partition',
      'commit conflicts',
      ...rowLost,
    ],
    isWhole: false,
    isReadable: false,
    mayWithhold: true,
    // Not yet: pages that a shard has written alone know offsets that its marks, after a crash, do not.
    isFolded: false,
    isAnswered: false,
  },
  row: { ...whole, reports: rowLost, isWhole: false, isReadable: false, mayWithhold: true },
  // A view that is folded from parts meanwhile waits for the damaged one.
  part: {
    ...whole,
    reports: ['compaction stopped', 'history is missing'],
    isWhole: false,
    isReadable: false,
    mayWithhold: true,
  },
  stray: { ...whole, reports: ['roll stopped'], isWhole: false },
}

const flipTries = 40

/** Lets a hazard happen in mid-flow. */
export function scheduleHazard(
  hazard: Hazard,
  random: SeededRandom,
  time: VirtualTime,
  run: {
    readonly world: SimWorld
    readonly senders: readonly SimSender[]
    readonly ledger: Ledger
    readonly trace: (line: string) => void
  },
): void {
  const { world, senders, ledger, trace } = run
  const [firstMs, thenMs, pick] = [5_000 + random() * 25_000, random() * 25_000, random()]
  const of = <T>(list: readonly T[]) => list[Math.floor(pick * list.length)]
  const objects = (kind: string) =>
    [...world.objects.values()].filter(({ name }) => name.startsWith(`${kind} `))
  const flipRow = (tries: number) => {
    const object = of(objects('partition'))
    const hit = object?.flipBit()
    if (object === undefined || hit === undefined) {
      if (tries > 0) time.at(50, () => flipRow(tries - 1))
      return
    }
    trace(`a bit flips in ${hit} of ${object.name}`)
    ledger.distrustRows()
    if (random() < 0.5) object.evict()
  }

  const firstThen = (begin: () => (() => void) | undefined) =>
    time.at(firstMs, () => {
      const then = begin()
      if (then !== undefined) time.at(thenMs, then)
    })
  const once = (strike: () => void) => time.at(firstMs + thenMs, strike)
  const restore = (kind: string) => () => {
    const object = of(objects(kind))
    object?.backUp()
    return () => {
      if (object?.restore() === true && kind === 'partition') ledger.excuseAll()
    }
  }

  const strikes: { readonly [hazard in Hazard]: () => void } = {
    none: () => {},
    device: () =>
      firstThen(() => {
        const device = of(senders.filter(({ backUp }) => backUp !== undefined))
        device?.backUp?.()
        return device?.restore
      }),
    shard: () => firstThen(restore('shard')),
    catalogue: () => firstThen(restore('catalogue')),
    partition: () => firstThen(restore('partition')),
    row: () => once(() => flipRow(flipTries)),
    part: () =>
      once(() => {
        const [key, { bytes }] = of([...world.parts]) ?? ['', { bytes: new Uint8Array(1) }]
        const at = Math.floor(random() * bytes.length)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
        trace(`a bit flips in byte ${at} of ${key}`)
      }),
    stray: () => once(() => world.squatNextPart()),
  }
  strikes[hazard]()
}

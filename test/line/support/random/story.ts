import fc from 'fast-check'
import { type RandomRecord, recordsOf } from './records.ts'
import { anyWorld, type RandomSource, type World } from './world.ts'

/** One request, or what one client pushes in a row. */
export interface Send {
  /** By whom: a producer of the wire, an Idempotency-Key, nobody, or the client of this project. */
  readonly by: 'producer' | 'key' | 'nobody' | 'client'
  /** Which producer or client. */
  readonly sender: number
  readonly loads: readonly Load[]
  /** Whether the producer says that all before is settled. */
  readonly settles: boolean
  /** Whether it comes again at once, as after a lost answer; and again in the next phase. */
  readonly again: boolean
  readonly againLater: boolean
}

interface Load {
  readonly source: RandomSource
  readonly records: readonly RandomRecord[]
}

/** Sends that are under way at the same time, and what the operator does meanwhile. */
export interface Round {
  readonly sends: readonly Send[]
  readonly meanwhile: 'nothing' | 'roll'
  readonly afterwards: 'nothing' | 'evict'
}

export interface Story {
  readonly world: World
  /** 32 digits each. */
  readonly producers: readonly string[]
  readonly phases: readonly [readonly Round[], readonly Round[]]
}

const senderCount = 4

/** A workspace and what happens in it: two phases, partitions doubled and sources added in between. */
export const anyStory: fc.Arbitrary<Story> = anyWorld.chain(world =>
  fc.record({
    world: fc.constant(world),
    producers: fc.uniqueArray(
      fc
        .bigInt({ min: 0n, max: 2n ** 128n - 1n })
        .map(number => number.toString(16).padStart(32, '0')),
      { minLength: senderCount * 2, maxLength: senderCount * 2 },
    ),
    phases: fc.tuple(roundsOf(world, 0), roundsOf(world, 1)),
  }),
)

function roundsOf({ sources }: World, phase: 0 | 1): fc.Arbitrary<Round[]> {
  const present = sources.filter(({ since }) => since <= phase)
  const load = fc.constantFrom(...present).chain(source =>
    fc.record({
      source: fc.constant(source),
      records: recordsOf(source),
    }),
  )
  const send = fc.record({
    by: fc.constantFrom('producer', 'producer', 'producer', 'client', 'client', 'key', 'nobody'),
    sender: fc.nat(senderCount - 1),
    loads: fc.uniqueArray(load, {
      minLength: 1,
      maxLength: 2,
      selector: ({ source }) => source.name,
    }),
    settles: fc.boolean(),
    again: fc.boolean(),
    againLater: fc.boolean(),
  })
  const round = fc.record({
    sends: fc.array(send, { minLength: 1, maxLength: 4, size: 'max' }),
    meanwhile: fc.constantFrom('nothing', 'nothing', 'nothing', 'roll'),
    afterwards: fc.oneof(
      { arbitrary: fc.constant('nothing' as const), weight: 7 },
      { arbitrary: fc.constant('evict' as const), weight: 1 },
    ),
  })
  return fc.array(round, { minLength: 1, maxLength: 5, size: 'max' })
}

import fc from 'fast-check'
import { membersOf, objectOf, type Spelled, spellingsOf } from './spelled-values.ts'
import { isTime, momentsOf, type RandomSource } from './world.ts'
import { noRecords, type Pushed, wrongValues } from './wrong-values.ts'

/** A record in the forms in which it may be pushed. */
export interface RandomRecord extends Pushed {
  /** Its columns in order as they must be served; nothing if it must be refused. */
  readonly served: readonly unknown[] | undefined
}

/** Records of a source, either all good or a fourth of them to be refused. */
export function recordsOf(source: RandomSource): fc.Arbitrary<RandomRecord[]> {
  const members = fc.constantFrom(...source.keyRows).chain(keyRow =>
    fc.tuple(
      ...source.columns.map(column => {
        const { name, shape } = column
        const kind = source.keys.find(key => key.name === name)?.kind
        const meaning = keyRow.get(name)
        if (kind !== undefined && meaning !== undefined) {
          return named(name, spellingsOf(kind, meaning))
        }
        if (!isTime(column)) return membersOf({ name, shape, nullable: column.nullable })
        const times = fc.constantFrom(...momentsOf(source, name))
        return named(
          name,
          times.chain(time => spellingsOf('timestamp', time)),
        )
      }),
    ),
  )
  const good = fc.record({ members, isReversed: fc.boolean() }).map(({ members, isReversed }) => ({
    ...objectOf(members, isReversed),
    served: members.map(([, spelled]) => spelled?.served ?? null),
  }))
  const bad = fc
    .oneof(
      noRecords,
      members.chain(whole => withFault(source, whole)),
    )
    .map(({ client, wire }) => ({ client, wire, served: undefined }))
  const mixed = fc.oneof({ arbitrary: good, weight: 3 }, { arbitrary: bad, weight: 1 })
  const some = { minLength: 1, maxLength: 24, size: 'max' } as const
  return fc.oneof(fc.array(good, some), fc.array(mixed, some))
}

type Members = readonly (readonly [name: string, spelled: Spelled | undefined])[]

/** The record with one thing wrong. */
function withFault(source: RandomSource, members: Members): fc.Arbitrary<Pushed> {
  const others = (name: string) => members.filter(([other]) => other !== name)
  const replaced = (name: string, value: Pushed) =>
    objectOf([...others(name), [name, { ...value, served: null }]], false)
  const required = source.columns.filter(({ nullable }) => !nullable).map(({ name }) => name)
  const known = new Set(source.columns.map(({ name }) => name))
  const ahead = '9999-12-31T23:59:59.999999Z'
  return fc.oneof(
    fc.constantFrom(...required).map(name => objectOf(others(name), false)),
    fc.constantFrom(...required).map(name => replaced(name, { client: null, wire: 'null' })),
    fc
      .constantFrom('nobodyKnows', 'constructor', 'toString', '', ' ')
      .map(name => (known.has(name) ? 'nobodyKnows' : name))
      .map(name => replaced(name, { client: 1, wire: '1' })),
    fc
      .constantFrom(...source.columns)
      .chain(({ name, shape }) => wrongValues(shape).map(value => replaced(name, value))),
    fc.constant(replaced(source.eventTime, { client: ahead, wire: JSON.stringify(ahead) })),
  )
}

function named(name: string, values: fc.Arbitrary<Spelled>) {
  return values.map(spelled => [name, spelled] as const)
}

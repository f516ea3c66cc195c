import type { Aggregate } from './aggregate.ts'
import {
  compareOrdered,
  isOrderedValue,
  maxOrderedValueBytes,
  type OrderedValue,
  orderedValueBytes,
} from './ordered-value.ts'
import { damaged, isCount } from './read-value.ts'

/** Values in ascending order of their records, and about how many bytes they take. */
export type ValueList = readonly [bytes: number, entries: readonly OrderedValue[]]

/** What all functions that give a list have in common. */
export function listAggregate(
  n: number,
  kind: string,
  { distinct }: { readonly distinct: boolean },
): Pick<Aggregate<ValueList>, 'finish' | 'read' | 'sizeOf' | 'maxBytes'> {
  return {
    finish: state => (state === undefined ? [] : state[1].map(entry => entry[4])),
    read: value => {
      if (isValueList(n, kind, value) && !(distinct && repeats(value))) return value
      throw damaged('a list of values', value)
    },
    sizeOf: state => state[0],
    maxBytes: 20 + n * (maxOrderedValueBytes(kind) + 1),
  }
}

/** The list of these entries. */
export function listOf(entries: readonly OrderedValue[]): ValueList {
  let bytes = 20
  for (const entry of entries) bytes += orderedValueBytes(entry) + 1
  return [bytes, entries]
}

/**
 * The list without the entry at `removed` (none below 0), and with `added` in its place in the order.
 * Cost: a copy of the entries.
 */
export function exchange(
  [bytes, entries]: ValueList,
  removed: number,
  added: OrderedValue,
): ValueList {
  const next = [...entries]
  const [gone] = removed < 0 ? [] : next.splice(removed, 1)
  next.splice(placeOf(next, added), 0, added)
  const saved = gone === undefined ? 0 : orderedValueBytes(gone) + 1
  return [bytes + orderedValueBytes(added) + 1 - saved, next]
}

/** All entries of both in ascending order. */
export function bothInOrder(a: ValueList, b: ValueList): OrderedValue[] {
  return [...a[1], ...b[1]].sort(compareOrdered)
}

/** How many entries are older: mostly all. */
function placeOf(entries: readonly OrderedValue[], added: OrderedValue): number {
  let place = entries.length
  for (let before = entries[place - 1]; before !== undefined; before = entries[place - 1]) {
    if (compareOrdered(before, added) <= 0) break
    place--
  }
  return place
}

function repeats([, entries]: ValueList): boolean {
  return new Set(entries.map(entry => entry[4])).size < entries.length
}

function isValueList(n: number, kind: string, value: unknown): value is ValueList {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [bytes, entries]: readonly unknown[] = value
  if (!isCount(bytes) || !Array.isArray(entries) || entries.length < 1 || entries.length > n) {
    return false
  }
  let before: OrderedValue | undefined
  let known = 20
  for (const entry of entries) {
    if (!isOrderedValue(kind, entry)) return false
    if (before !== undefined && compareOrdered(before, entry) > 0) return false
    known += orderedValueBytes(entry) + 1
    before = entry
  }
  return bytes === known
}

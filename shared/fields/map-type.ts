import { utf8Length } from '../utf8-length.ts'
import { maxKeyBytes } from '../wire-limits.ts'
import { checkMember } from './check-member.ts'
import type { AnyType, Canonical, DataType, In, Out } from './data-type.ts'
import { isPlainObject } from './plain-object.ts'
import { Refusal, refuse, refusedUnder } from './refusal.ts'
import type { StringType } from './string-type.ts'
import { isWellFormed } from './text.ts'

export interface MapType<V extends AnyType>
  extends DataType<'map', { readonly [key: string]: In<V> }, { [key: string]: Out<V> }> {
  readonly key: StringType
  readonly value: V
}

/** Values of one type by keys of text, written as a plain object; values are never null. */
export function map<V extends AnyType>(key: StringType, value: V): MapType<V> {
  return Object.freeze<MapType<V>>({
    kind: 'map',
    key,
    value,
    '~check': entries => checkEntries(value, entries),
  })
}

function checkEntries(type: AnyType, entries: unknown): Canonical | Refusal {
  if (!isPlainObject(entries)) return refuse('map', entries)
  const canonical: { [key: string]: Canonical } = {}
  for (const key of Object.keys(entries).sort()) {
    const checked = refuseKey(key) ?? checkMember(type, entries[key])
    if (checked instanceof Refusal) return refusedUnder(key, checked)
    canonical[key] = checked
  }
  return canonical
}

function refuseKey(key: string): Refusal | undefined {
  // Assigning to `__proto__` would change the prototype, and every reader of Parquet in JavaScript loses it.
  if (key === '__proto__') return refuse('another key', key, 'bad_key')
  if (!isWellFormed(key)) return refuse('a key without lone surrogates', key, 'bad_key')
  if (utf8Length(key) <= maxKeyBytes) return undefined
  return refuse(`a key of at most ${maxKeyBytes} bytes`, key, 'bad_key')
}

import { limits } from '../limits.ts'
import { utf8Length } from '../utf8-length.ts'
import type { AnyType, Canonical, DataType, In, Out } from './data-type.ts'
import { extentAround } from './extent.ts'
import { isPlainObject } from './plain-object.ts'
import { Refusal, refuse, refusedUnder } from './refusal.ts'
import { requireType } from './require-type.ts'
import type { StringType } from './string-type.ts'
import { isWellFormed } from './text.ts'
import { ValidationError } from './validation-error.ts'

export interface MapType<V extends AnyType>
  extends DataType<'map', { readonly [key: string]: In<V> }, { [key: string]: Out<V> }> {
  readonly value: V
}

/** Values of one type by keys of text, written as a plain object; values are never null. */
export function map<V extends AnyType>(key: StringType, value: V): MapType<V> {
  if (requireType('Map', key).kind !== 'string') {
    throw new ValidationError('Map: Keys are always String; write Map(String, V).')
  }
  const extent = extentAround('Map', [requireType('Map', value)])
  return Object.freeze<MapType<V>>({
    kind: 'map',
    value,
    '~check': entries => checkEntries(value, entries),
    '~extent': extent,
  })
}

function checkEntries(type: AnyType, entries: unknown): Canonical | Refusal {
  if (!isPlainObject(entries)) return refuse('wrong_type', 'map', entries)
  const canonical: { [key: string]: Canonical } = {}
  for (const key of Object.keys(entries).sort()) {
    const value = entries[key]
    const checked =
      refuseKey(key) ??
      (value === null || value === undefined
        ? refuse('null_field', type.kind, value)
        : type['~check'](value))
    if (checked instanceof Refusal) return refusedUnder(key, checked)
    canonical[key] = checked
  }
  return canonical
}

function refuseKey(key: string): Refusal | undefined {
  // Assigning to `__proto__` would change the prototype, and every reader of Parquet in JavaScript loses it.
  if (key === '__proto__') return refuse('bad_key', 'another key', key)
  if (!isWellFormed(key)) return refuse('bad_key', 'a key without lone surrogates', key)
  if (utf8Length(key) <= limits.maxKeyBytes) return undefined
  return refuse('bad_key', `a key of at most ${limits.maxKeyBytes} bytes`, key)
}

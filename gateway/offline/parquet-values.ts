import type { AnyType } from '../../shared/fields/data-type.ts'
import { microsOf, timestampOfMicros } from '../../shared/timestamp.ts'
import { shapeOf } from './nested-type.ts'

type Convert = (value: unknown) => unknown

/** Turns a type's canonical values into what the Parquet writer takes: bigint integers and times. */
export function toParquet(type: AnyType): Convert {
  const shape = shapeOf(type)
  switch (shape.kind) {
    case 'scalar':
      if (shape.name === 'int64') return orNull(value => BigInt(integerText(value)))
      if (shape.name === 'timestamp') return orNull(value => microsOf(String(value)))
      return value => value
    case 'array': {
      const convert = toParquet(shape.element)
      return orNull(value => membersOf(value).map(convert))
    }
    case 'map': {
      const convert = toParquet(shape.value)
      return orNull(value => entriesOf(value).map(([key, item]) => [key, convert(item)]))
    }
    case 'struct': {
      const converts = shape.fields.map(({ name, dtype }) => [name, toParquet(dtype)] as const)
      return orNull(value => {
        const members = new Map(entriesOf(value))
        return Object.fromEntries(
          converts.map(([name, convert]) => [name, convert(members.get(name) ?? null)]),
        )
      })
    }
  }
}

/** Turns what the Parquet reader gives back into the canonical values that were written. */
export function fromParquet(type: AnyType): Convert {
  const shape = shapeOf(type)
  switch (shape.kind) {
    case 'scalar':
      if (shape.name === 'int64') return orNull(canonicalInteger)
      if (shape.name === 'timestamp')
        return orNull(value => timestampOfMicros(BigInt(integerText(value))))
      return value => value ?? null
    case 'array': {
      const convert = fromParquet(shape.element)
      return orNull(value => membersOf(value).map(convert))
    }
    case 'map': {
      const convert = fromParquet(shape.value)
      return orNull(value =>
        Object.fromEntries(entriesOf(value).map(([key, item]) => [key, convert(item)])),
      )
    }
    case 'struct': {
      const converts = shape.fields.map(({ name, dtype }) => [name, fromParquet(dtype)] as const)
      return orNull(value => {
        const members = new Map(entriesOf(value))
        return Object.fromEntries(
          converts.map(([name, convert]) => [name, convert(members.get(name) ?? null)]),
        )
      })
    }
  }
}

function orNull(convert: Convert): Convert {
  return value => (value === null || value === undefined ? null : convert(value))
}

function canonicalInteger(value: unknown): number | string {
  const integer = BigInt(integerText(value))
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : String(integer)
}

function integerText(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string') {
    return String(value)
  }
  throw new TypeError('A stored integer is no integer.')
}

function membersOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new TypeError('A stored array is no array.')
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value === 'object' && value !== null) return Object.entries(value)
  throw new TypeError('A stored object is no object.')
}

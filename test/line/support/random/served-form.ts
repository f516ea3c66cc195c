import type { Column, Shape } from './shapes.ts'

/** Who wrote a value: each writes times in its own way. */
export type Engine = 'DuckDB' | 'data frame'

/** Brings what DuckDB or the data frame shows of a column into the form in which it must be served. */
export function servedForm(
  engine: Engine,
  { name, shape, nullable }: Column,
  value: unknown,
): unknown {
  if (value !== null) return formOf(engine, shape, value)
  if (nullable) return null
  throw new TypeError(`"${name}" is never null, but ${engine} shows null.`)
}

function formOf(engine: Engine, shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'array':
      if (!Array.isArray(value)) throw odd(engine, shape, value)
      return value.map(member => formOf(engine, shape.of, member))
    case 'map':
      return Object.fromEntries(
        Object.entries(objectOf(engine, shape, value)).map(([key, member]) => [
          key,
          formOf(engine, shape.of, member),
        ]),
      )
    case 'struct': {
      const object = objectOf(engine, shape, value)
      const names = shape.columns.map(({ name }) => name)
      if (Object.keys(object).join() !== names.join()) throw odd(engine, shape, value)
      return shape.columns.map(column => servedForm(engine, column, object[column.name]))
    }
    case 'int32':
    case 'int64':
      if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) throw odd(engine, shape, value)
      return `${value}`
    case 'float32':
    case 'float64':
      // Whole ones beyond 2^53 look like integers to an exact reader of JSON.
      if (typeof value !== 'bigint' && typeof value !== 'number') throw odd(engine, shape, value)
      return Number(value)
    case 'timestamp':
      return engine === 'DuckDB' ? servedTime(`${value}`) : value
    case 'bool':
      if (typeof value !== 'boolean') throw odd(engine, shape, value)
      return value
    case 'string':
      if (typeof value !== 'string') throw odd(engine, shape, value)
      return value
  }
}

/** DuckDB writes `2001-01-10 18:20:00.5+00`, and this is served as `2001-01-10T18:20:00.500000Z`. */
export function servedTime(text: string): string {
  const [, day, second, fraction = ''] =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text) ?? []
  if (day === undefined) throw new TypeError(`DuckDB wrote the time ${text} in an unknown form.`)
  return `${day}T${second}.${fraction.padEnd(6, '0')}Z`
}

/** One text for each value, whatever the order of its maps; -0 is not 0. */
export function textOf(served: unknown): string {
  return JSON.stringify(served, (_, value: unknown) => {
    if (Object.is(value, -0)) return 'minus zero'
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(entries)
  })
}

function objectOf(
  engine: Engine,
  shape: Shape,
  value: unknown,
): { readonly [name: string]: unknown } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw odd(engine, shape, value)
}

function odd(engine: Engine, { kind }: Shape, value: unknown): TypeError {
  return new TypeError(`${engine} shows ${typeof value} ${JSON.stringify(value)} as ${kind}.`)
}

import { expect } from 'vitest'
import { parseExactJson } from '../../../../shared/parse-exact-json.ts'
import type { Duck } from '../duckdb.ts'
import type { Line } from '../line.ts'
import { type ServedViews, servicesOf } from './definitions.ts'
import { type LogRow, latestRows, logColumns, logRow, type Wanted } from './oracle.ts'
import type { Accepted } from './play-rounds.ts'
import { textOf } from './served-form.ts'
import type { ScalarKind } from './shapes.ts'
import type { RandomSource, RandomView, World } from './world.ts'

interface Saying {
  readonly value: unknown
  readonly status: string
  readonly effectiveTime: string | undefined
}
/** What a service says of an entity, by full name of the feature. */
type Said = ReadonlyMap<string, Saying>

/** What was read online: by service and text of the entity. */
export type Readings = ReadonlyMap<ServedViews, ReadonlyMap<string, Said>>

/** Rows of a source's log, wherever they were. */
export async function readFrame(line: Line, source: RandomSource): Promise<LogRow[]> {
  const lines = await line.dataFrame(source.name, `?columns=${logColumns(source)}`)
  return lines.map(text => logRow('data frame', source, parseExactJson(text)))
}

/** Asks every service of a phase for every entity that any record was about, and for some others. */
export async function readOnline(line: Line, world: World, phase: 0 | 1): Promise<Readings> {
  const readings = new Map<ServedViews, ReadonlyMap<string, Said>>()
  for (const served of servicesOf(world, phase)) {
    const entities = new Map(
      [...served.views.flatMap(entitiesOf), ...strangersOf(served)].map(entity => [
        textOf(entity),
        entity,
      ]),
    )
    const said = [...entities].map(async ([text, entity], place) => {
      const joinKeys = served.keys.map(
        ({ name, kind }, at) => [name, askedKey(kind, entity[at], place)] as const,
      )
      const reply = await line.features(served.service, Object.fromEntries(joinKeys))
      return [text, saidBy(reply)] as const
    })
    readings.set(served, new Map(await Promise.all(said)))
  }
  return readings
}

/** Expects parts, data frames and features to say the same as the parts read by DuckDB, and as was accepted. */
export async function expectAgreement(
  duck: Duck,
  line: Line,
  world: World,
  phase: 0 | 1,
  seen: {
    accepted: Accepted
    frames: ReadonlyMap<RandomSource, readonly LogRow[]>
    readings: Readings
  },
): Promise<void> {
  const wanted = new Map<RandomView, Map<string, Wanted>>()
  for (const source of world.sources.filter(({ since }) => since <= phase)) {
    const rolled = await line.roll(source.name)
    expect(rolled.map(({ status }) => status)).not.toContain('stopped')
    const accepted = seen.accepted.get(source.name) ?? []
    expect(await line.counts(source.name)).toMatchObject({ rows: accepted.length, tailRows: 0 })
    const { parts, table } = await duck.partsOf(line, source.name)
    const rows = parts.length === 0 ? [] : await duck.rows(`SELECT * FROM ${table}`)
    const inParts = rows.map(row => logRow('DuckDB', source, row))
    expect(inParts.map(({ served }) => textOf(served)).sort()).toEqual(accepted.map(textOf).sort())
    expect(seen.frames.get(source)).toEqual(inParts)
    expect(await readFrame(line, source)).toEqual(inParts)
    for (const view of world.views.filter(view => view.source === source)) {
      wanted.set(view, parts.length === 0 ? new Map() : await latestRows(duck, table, view))
    }
  }
  expectReadings(seen.readings, wanted)
}

/** Expects of each reading what the oracle says, and that every entity of the oracle was read. */
function expectReadings(
  readings: Readings,
  wanted: ReadonlyMap<RandomView, ReadonlyMap<string, Wanted>>,
): void {
  for (const [{ service, views }, entities] of readings) {
    for (const view of views) {
      expect([...entities.keys()]).toEqual(
        expect.arrayContaining([...(wanted.get(view)?.keys() ?? [])]),
      )
    }
    for (const [entity, said] of entities) {
      const found = views.flatMap(view => foundBy(view, wanted.get(view)?.get(entity)))
      const differing = [...found]
        .map(([name, latest]) => [name, textOf(said.get(name)), textOf(latest)] as const)
        .filter(([, served, latest]) => served !== latest)
        .map(([name, served, latest]) => `${name} is served as ${served}, DuckDB finds ${latest}`)
      expect(differing, `${service} of ${entity}: ${differing.join('; ')}`).toEqual([])
      expect([...said.keys()].sort()).toEqual(found.map(([name]) => name).sort())
    }
  }
}

/** A view's features as they must be served. */
function foundBy(view: RandomView, latest: Wanted | undefined): (readonly [string, Saying])[] {
  return view.features.map(({ name }) => [
    `${view.name}.${name}`,
    {
      value: latest?.values.get(name) ?? null,
      status: latest === undefined ? 'MISSING_DATA' : 'PRESENT',
      effectiveTime: latest?.effectiveTime,
    },
  ])
}

/** The entities that records of a view's source may be about, each join key as it is served. */
function entitiesOf({ source, entities }: RandomView): unknown[][] {
  const keys = entities.flatMap(entity => entity.keys)
  return source.keyRows.map(row => keys.map(({ name }) => servedKey(row.get(name))))
}

/** Entities that few records are about, if any: put together from others', and quite different ones. */
function strangersOf({ keys, views }: ServedViews): unknown[][] {
  const known = views.flatMap(entitiesOf)
  const mixed = known.map((_, row) => keys.map((_, at) => known[(row + at) % known.length]?.[at]))
  return [...mixed, keys.map(({ kind }) => strangers[kind])]
}

const strangers: { readonly [kind in ScalarKind]?: unknown } = {
  string: 'nobody',
  int64: '-9223372036854775808',
  int32: '77',
  bool: false,
}

function servedKey(meaning: unknown): unknown {
  return typeof meaning === 'bigint' ? `${meaning}` : meaning
}

/** Integers are asked for as text and as numbers, by turns. */
function askedKey(kind: ScalarKind, served: unknown, place: number): unknown {
  const isNumber = kind !== 'string' && kind !== 'bool' && place % 2 === 1
  return isNumber && Number.isSafeInteger(Number(served)) ? Number(served) : served
}

function saidBy({ values, statuses, effectiveTimes }: Awaited<ReturnType<Line['features']>>): Said {
  return new Map(
    Object.entries(values).map(([name, value], at) => [
      name,
      { value, status: statuses[at] ?? '', effectiveTime: effectiveTimes[at] },
    ]),
  )
}

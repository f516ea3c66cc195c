import { randomBytes } from 'node:crypto'
import { openOffline } from '../../client/offline/index.ts'
import { getWorkspace } from '../../client/workspace/index.ts'
import type { LineGateway } from '../line/support/gateway.ts'
import type { ChosenRecord, ChosenView, World } from './arbitrary-world.ts'
import { compareViews, type Row } from './compare-pair.ts'
import { serviceOf, sourceOf, viewOf } from './world-definitions.ts'

/** What came of one world. */
export interface WorldResult {
  /** Readings of one view of one entity that were compared. */
  readonly pairs: number
  readonly failures: readonly string[]
}

const users = ['a', 'b', 'c', 'nobody']
const rooms = [0n, 1n, 2n, -1n]
const rows = users.map((user, at) => ({ user, room: rooms[at] ?? -1n }))

/**
 * Pushes a world's records into a workspace of its own, reads its entities after each round, and holds every reading
 * to the training data at its moment, of the records at or under its marks.
 */
export async function runWorld(
  gateway: LineGateway,
  world: World,
  cacheFolder: string,
): Promise<WorldResult> {
  const line = gateway.line()
  const workspace = getWorkspace(line.workspace, { url: gateway.url, key: line.adminKey })
  const offline = openOffline(workspace, { cacheFolder, memoryLimit: '256MB', threads: 1 })
  const source = sourceOf(world)
  const views = world.views.map((view, at) => viewOf(source, view, at, false))
  const judges = world.views.map((view, at) => viewOf(source, view, at, true))
  const early = views.filter((_, at) => !world.views[at]?.isLate)
  await line.apply([source, ...(early.length > 0 ? [serviceOf(early)] : [])])
  const failures: string[] = []
  let pairs = 0
  for (const [round, records] of world.rounds.entries()) {
    await push(gateway, line, records)
    if (world.rolled[round] === true) await line.roll('events')
    if (round === Math.floor(world.rounds.length / 2) - 1)
      await line.apply([source, serviceOf(views)])
    const isWhole = round >= Math.floor(world.rounds.length / 2) - 1
    if (!isWhole && early.length === 0) continue
    const keys = keysOf(isWhole ? world.views : world.views.filter(({ isLate }) => !isLate))
    if (isWhole) await untilServed(() => workspace.getFeaturesBatch('served', keys))
    const readings = await workspace.getFeaturesBatch('served', keys, { marks: true })
    for (const [at, judge] of judges.entries()) {
      const chosen = world.views[at]
      if (chosen === undefined || (!isWhole && chosen.isLate)) continue
      const marks = readings.map(({ marks }) => marks?.[judge.name])
      const cut = marks[0]?.cut
      if (cut === undefined || marks.some(mark => mark?.cut !== cut)) {
        failures.push(`${judge.name} was read at several cuts at once`)
        continue
      }
      const events = rows.map((row, at) => ({ ...row, moment: marks[at]?.at ?? '' }))
      await using frame = await offline.getFeaturesForEvents(judge, events, {
        timestampKey: 'moment',
        cuts: { events: cut },
      })
      const trained = await frame.toArray()
      for (const [place, { values }] of readings.entries()) {
        const served = named(values, `${judge.name}.`)
        const wrong = compareViews(chosen, served, named(trained[place] ?? {}, `${judge.name}__`))
        pairs++
        if (wrong !== undefined) {
          failures.push(
            `round ${round}, ${JSON.stringify(users[place])}, ${describe(chosen, judge.name)}: ${wrong}`,
          )
        }
      }
    }
  }
  return { pairs, failures }
}

/** A service is asked for by its own join keys alone. */
function keysOf(views: readonly ChosenView[]): readonly { readonly [key: string]: unknown }[] {
  return rows.map(({ user, room }) => ({
    ...(views.some(({ byRoom }) => !byRoom) ? { user } : {}),
    ...(views.some(({ byRoom }) => byRoom) ? { room } : {}),
  }))
}

function describe({ kind, byRoom, isLate }: ChosenView, name: string): string {
  return `${name} (${kind}${byRoom ? ' by room' : ''}${isLate ? ', applied later' : ''})`
}

function named(values: Row, prefix: string): Row {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  )
}

/** Sends records as several producers, since each is of one partition. */
async function push(
  gateway: LineGateway,
  line: ReturnType<LineGateway['line']>,
  records: readonly ChosenRecord[],
): Promise<void> {
  const nowMs = Date.now()
  const producers = 4
  await Promise.all(
    Array.from({ length: producers }, async (_, own) => {
      const sent = records
        .filter((_, at) => at % producers === own)
        .map(({ ago, n, ...rest }, sequence) => ({
          sequence,
          record: { ...rest, n: n === null ? null : `${n}`, at: new Date(nowMs - ago * 1_000) },
        }))
      if (sent.length === 0) return
      const response = await fetch(`${gateway.url}/ingest`, {
        method: 'POST',
        headers: { authorization: `Bearer ${line.ingestKey}` },
        body: JSON.stringify({
          protocol: 1,
          workspace_name: line.workspace,
          producer: randomBytes(16).toString('hex'),
          floors: { events: 0 },
          records: { events: sent },
        }),
      })
      if (response.status !== 200) {
        throw new Error(`A push was answered ${response.status}: ${await response.text()}`)
      }
    }),
  )
}

/** A view that comes later is folded in the background. */
async function untilServed(
  read: () => Promise<readonly { readonly statuses: { readonly [name: string]: string } }[]>,
): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const readings = await read()
    const isServed = readings.every(({ statuses }) =>
      Object.values(statuses).every(status => status !== 'UNKNOWN'),
    )
    if (isServed) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error('A view was not served for 20 seconds after it was applied.')
}

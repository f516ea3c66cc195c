import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as v from 'valibot'
import calls1 from '../../golden/rows-1/calls.json?raw'
import state1 from '../../golden/rows-1/state.json?raw'
import wire1 from '../../golden/rows-1/wire.json?raw'
import calls2 from '../../golden/rows-2/calls.json?raw'
import state2 from '../../golden/rows-2/state.json?raw'
import wire2 from '../../golden/rows-2/wire.json?raw'

const cell = v.union([v.string(), v.number(), v.null()])
const stateSchema = v.object({
  objects: v.array(
    v.object({
      kind: v.picklist(['registry', 'catalogue', 'partition', 'shard']),
      name: v.string(),
      tables: v.array(
        v.object({ name: v.string(), sql: v.string(), rows: v.array(v.record(v.string(), cell)) }),
      ),
    }),
  ),
  parts: v.array(
    v.object({
      key: v.string(),
      metadata: v.record(v.string(), v.string()),
      base64: v.string(),
    }),
  ),
  edge: v.record(v.string(), v.string()),
})
const message = v.looseObject({ format: v.number() })
const callsSchema = v.array(
  v.object({
    to: v.string(),
    method: v.string(),
    message: v.pipe(message, v.transform(withSlots)),
    reply: message,
  }),
)
const wireSchema = v.array(
  v.object({
    request: v.looseObject({ protocol: v.number() }),
    status: v.number(),
    reply: v.looseObject({}),
  }),
)

export type GoldenState = v.InferOutput<typeof stateSchema>

/** What versions wrote down and said: before rows had digests, and since. */
export const goldens = [
  { name: 'rows of format 1', state: state1, calls: calls1, wire: wire1 },
  { name: 'rows of format 2', state: state2, calls: calls2, wire: wire2 },
].map(({ name, state, calls, wire }) => ({
  name,
  state: v.parse(stateSchema, JSON.parse(state)),
  calls: v.parse(callsSchema, JSON.parse(calls)),
  wire: v.parse(wireSchema, JSON.parse(wire)),
}))

/** The object that a recorded name means. */
export function objectOf(kind: string, name: string) {
  switch (kind) {
    case 'registry':
      return env.REGISTRY.getByName(name)
    case 'catalogue':
      return env.CATALOGUE.getByName(name)
    case 'partition':
      return env.LOG_PARTITION.getByName(name)
    default:
      return env.FEATURE_SHARD.getByName(name)
  }
}

/** Puts recorded tables, parts and edge copies in the place of what is there; objects open on them anew. */
export async function restore({ objects, parts, edge }: GoldenState): Promise<void> {
  for (const { kind, name, tables } of objects) {
    const stub = objectOf(kind, name)
    await runInDurableObject(stub, async (_, state) => {
      const { sql } = state.storage
      const before =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'"
      for (const { name } of sql.exec(before).toArray()) sql.exec(`DROP TABLE ${name}`)
      for (const table of tables) {
        sql.exec(table.sql)
        for (const row of table.rows) {
          const places = Object.keys(row).map(() => '?')
          const into = `${table.name} (${Object.keys(row).join(', ')})`
          sql.exec(`INSERT INTO ${into} VALUES (${places.join(', ')})`, ...Object.values(row))
        }
      }
      await state.storage.sync()
    })
    await evictDurableObject(stub)
  }
  for (const { key, metadata, base64 } of parts) {
    const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0))
    await env.LOG.put(key, bytes, { customMetadata: metadata })
  }
  for (const [workspaceId, text] of Object.entries(edge)) {
    await env.DEFINITIONS.put(`definitions/v1/${workspaceId}`, text)
  }
}

/** Rows of a recorded table of an object. */
export function rowsOf({ objects }: GoldenState, kind: string, table: string) {
  return objects
    .filter(object => object.kind === kind)
    .flatMap(({ tables }) => tables.filter(({ name }) => name.startsWith(table)))
    .flatMap(({ rows }) => rows)
}

/** Slots travel as bytes, which JSON cannot hold. */
function withSlots(message: { format: number; [member: string]: unknown }) {
  const { slots } = message
  if (!v.is(v.record(v.string(), v.array(v.number())), slots)) return message
  const bytes = Object.entries(slots).map(([id, list]) => [id, Uint8Array.from(list)] as const)
  return { ...message, slots: Object.fromEntries(bytes) }
}

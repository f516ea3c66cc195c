import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { createLogPartition } from '../../gateway/log/log-partition.ts'
import { createCatalogue } from '../../gateway/offline/catalogue.ts'
import { createFeatureShard } from '../../gateway/online/split-shard.ts'
import { defaultPageSizes } from '../../gateway/page-sizes.ts'
import type { Peers, Ports, SqlRow, Storage, StoredPart } from '../../gateway/ports.ts'
import { createRegistry } from '../../gateway/registry/registry.ts'
import { defaultRollSizes } from '../../gateway/roll-sizes.ts'
import { defaultUpkeepSizes } from '../../gateway/upkeep-sizes.ts'

interface Call {
  readonly to: string
  readonly method: string
  readonly message: unknown
  readonly reply: unknown
}

/** A gateway whose objects, tables and calls can be written down: the same in every run. */
export function recordedWorld() {
  const tables = new Map<string, DatabaseSync>()
  const objects = new Map<string, object>()
  const parts = new Map<
    string,
    { bytes: Uint8Array<ArrayBuffer>; metadata: StoredPart['metadata'] }
  >()
  const calls: Call[] = []
  const edge = new Map<string, string>()
  let nowMs = Date.UTC(2026, 0, 2)
  let drawn = 0

  const storageOf = (name: string): Storage => {
    const database = new DatabaseSync(':memory:')
    tables.set(name, database)
    return {
      sql: (statement, ...parameters): SqlRow[] => database.prepare(statement).all(...parameters),
      transaction(work) {
        database.exec('SAVEPOINT work')
        const result = work()
        database.exec('RELEASE work')
        return result
      },
      sync: async () => undefined,
      setAlarm: () => undefined,
      deleteAlarm: () => undefined,
      rowsWritten: () => 0,
    }
  }
  const objectOf = <Contract extends object>(
    kind: keyof Peers,
    name: string,
    create: (ports: Ports) => Contract,
  ): Contract => {
    const key = `${kind} ${name}`
    const known = objects.get(key)
    const object = known ?? create({ ...ports, storage: storageOf(key) })
    objects.set(key, object)
    return new Proxy<Contract>(Object.create(object), {
      get: (_, method) => async (message: unknown) => {
        const handler: unknown = Reflect.get(object, method)
        if (typeof handler !== 'function') throw new Error(`There is no ${String(method)}.`)
        const reply: unknown = await Reflect.apply(handler, object, [message])
        calls.push({ to: key, method: String(method), message, reply })
        return reply
      },
    })
  }
  const peers: Peers = {
    registry: workspaceId =>
      objectOf('registry', workspaceId, ports => createRegistry(ports, { workspaceId })),
    catalogue: (workspaceId, sourceId) =>
      objectOf('catalogue', `${workspaceId}/${sourceId}`, ports =>
        createCatalogue(ports, { workspaceId, sourceId }),
      ),
    partition: (workspaceId, sourceId, partition) =>
      objectOf('partition', `${workspaceId}/${sourceId}/${partition}`, ports =>
        createLogPartition(ports, { workspaceId, sourceId, partition }),
      ),
    shard: (workspaceId, entitySetId, shard) =>
      objectOf('shard', `${workspaceId}/${entitySetId}/${shard}`, ports =>
        createFeatureShard(ports, { workspaceId, entitySetId, shard }),
      ),
  }
  const stored = (key: string) => {
    const part = parts.get(key)
    if (part === undefined) return undefined
    const sha256 = createHash('sha256').update(part.bytes).digest('hex')
    return { bytes: part.bytes.byteLength, sha256, metadata: { ...part.metadata } }
  }
  const ports: Omit<Ports, 'storage'> = {
    // A pause ends at once and a deadline never comes.
    clock: {
      now: () => ++nowMs,
      sleep: ms => (ms < 1_000 ? Promise.resolve() : new Promise(() => undefined)),
    },
    random: {
      bytes: count => Uint8Array.from({ length: count }, () => (++drawn * 97) & 255),
      number: () => 0.5,
    },
    parts: {
      putNew: async (key, bytes, metadata) => {
        if (parts.has(key)) return undefined
        parts.set(key, { bytes: new Uint8Array(bytes), metadata })
        return stored(key)
      },
      head: async key => stored(key),
      get: async key => parts.get(key)?.bytes,
      delete: async keys => keys.forEach(key => void parts.delete(key)),
    },
    definitions: {
      put: async (workspaceId, text) => void edge.set(workspaceId, text),
      get: async workspaceId => edge.get(workspaceId),
    },
    peers,
    report: (event, facts) => console.error(event, facts),
    rollSizes: defaultRollSizes,
    upkeepSizes: defaultUpkeepSizes,
    pageSizes: defaultPageSizes,
  }

  return {
    ports,
    calls,
    /** Lets time pass until every object, or those of one kind, have done what is due. */
    async settle(kind = '') {
      for (let round = 0; round < 4; round++) {
        nowMs += 6_000
        for (const [key, object] of objects) {
          if (!key.startsWith(kind)) continue
          const alarm: unknown = Reflect.get(object, 'alarm')
          if (typeof alarm === 'function') await Reflect.apply(alarm, object, [])
        }
      }
    },
    /** All tables of all objects, the parts and the edge copies. */
    dump: () => ({
      objects: [...tables].map(([key, database]) => {
        const [kind, name] = key.split(' ')
        return { kind, name, tables: tablesOf(database) }
      }),
      parts: [...parts].map(([key, { bytes, metadata }]) => {
        return { key, metadata, base64: Buffer.from(bytes).toString('base64') }
      }),
      edge: Object.fromEntries(edge),
    }),
  }
}

function tablesOf(database: DatabaseSync) {
  const made = database.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all()
  return made.map(({ name, sql }) => ({
    name,
    sql,
    rows: database.prepare(`SELECT * FROM ${name}`).all(),
  }))
}

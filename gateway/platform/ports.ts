import { sha256Hex } from '../../shared/keys.ts'
import type { Env } from '../env.ts'
import { defaultPageSizes } from '../page-sizes.ts'
import type {
  Clock,
  EdgeCopy,
  PartStore,
  Ports,
  Random,
  Report,
  Storage,
  StoredPart,
} from '../ports.ts'
import { readRollSizes } from '../roll-sizes.ts'
import { readUpkeepSizes } from '../upkeep-sizes.ts'
import { platformPeers } from './peers.ts'

/** The ports of an object on the platform. */
export function platformPorts(state: DurableObjectState, env: Env): Ports {
  return {
    clock: platformClock,
    random: platformRandom,
    storage: platformStorage(state.storage),
    parts: platformParts(env.LOG),
    definitions: platformEdgeCopy(env.DEFINITIONS),
    peers: platformPeers(env),
    report: platformReport,
    rollSizes: readRollSizes(env),
    upkeepSizes: readUpkeepSizes(env),
    pageSizes: defaultPageSizes,
  }
}

export const platformClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, until) => {
    if (until === undefined) return scheduler.wait(ms)
    await scheduler.wait(ms, { signal: until }).catch(cause => {
      if (!until.aborted) throw cause
    })
  },
}

export const platformRandom: Random = {
  bytes: count => crypto.getRandomValues(new Uint8Array(count)),
  number: () => Math.random(),
}

export const platformReport: Report = (event, facts) =>
  console.error(JSON.stringify({ event, ...facts }))

function platformStorage(storage: DurableObjectStorage): Storage {
  let rowsWritten = 0
  return {
    sql(statement, ...parameters) {
      const cursor = storage.sql.exec(statement, ...parameters)
      const rows = cursor.toArray()
      rowsWritten += cursor.rowsWritten
      return rows
    },
    transaction: work => storage.transactionSync(work),
    sync: () => storage.sync(),
    // Part of the same atomic stretch as the writes around it; a failure breaks the output gate.
    setAlarm: atMs => void storage.setAlarm(atMs),
    deleteAlarm: () => void storage.deleteAlarm(),
    rowsWritten: () => rowsWritten,
  }
}

/** The offline log's bucket: create-only puts with a digest that the store checks. */
export function platformParts(bucket: R2Bucket): PartStore {
  const storedPart = (object: R2Object): StoredPart => ({
    bytes: object.size,
    sha256: hexOf(object.checksums.sha256),
    metadata: object.customMetadata ?? {},
  })
  return {
    async putNew(key, bytes, metadata) {
      const exact = new Uint8Array(bytes)
      const sha256 = await sha256Hex(exact)
      const object = await bucket.put(key, exact, {
        onlyIf: new Headers({ 'If-None-Match': '*' }),
        sha256,
        customMetadata: { ...metadata },
      })
      return object === null ? undefined : { bytes: object.size, sha256, metadata }
    },
    async head(key) {
      const object = await bucket.head(key)
      return object === null ? undefined : storedPart(object)
    },
    async get(key) {
      const object = await bucket.get(key)
      return object === null ? undefined : new Uint8Array(await object.arrayBuffer())
    },
    delete: keys => bucket.delete([...keys]),
  }
}

/** The edge copy in KV, by workspace id. */
export function platformEdgeCopy(namespace: KVNamespace): EdgeCopy {
  const keyOf = (workspaceId: string) => `definitions/v1/${workspaceId}`
  return {
    put: (workspaceId, text) => namespace.put(keyOf(workspaceId), text),
    get: async workspaceId => (await namespace.get(keyOf(workspaceId))) ?? undefined,
  }
}

function hexOf(digest: ArrayBuffer | undefined): string {
  if (digest === undefined) throw new Error('The stored part has no SHA-256.')
  return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

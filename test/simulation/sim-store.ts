import { createHash } from 'node:crypto'
import type { PartStore, StoredPart } from '../../gateway/ports.ts'
import type { Call, Owner } from './sim-calls.ts'

export interface SimPart {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly part: StoredPart
}

/** The object store: create-only puts, and deletes that miss are no failure. */
export function simStore(call: Call) {
  const parts = new Map<string, SimPart>()
  let isSquatted = false

  const keep = (key: string, bytes: Uint8Array, metadata: StoredPart['metadata']): StoredPart => {
    const exact = new Uint8Array(bytes)
    const sha256 = createHash('sha256').update(exact).digest('hex')
    const part = { bytes: exact.byteLength, sha256, metadata: { ...metadata } }
    parts.set(key, { bytes: exact, part })
    return part
  }

  const portFor = (from: Owner): PartStore => ({
    putNew: (key, bytes, metadata) =>
      call(from, `put ${key}`, async () => {
        if (isSquatted && !parts.has(key)) {
          isSquatted = false
          keep(key, bytes.slice(1), { ...metadata, digest: 'of other records' })
        }
        return parts.has(key) ? undefined : keep(key, bytes, metadata)
      }),
    head: key => call(from, `head ${key}`, async () => parts.get(key)?.part),
    get: key => call(from, `get ${key}`, async () => parts.get(key)?.bytes.slice()),
    delete: keys =>
      call(from, `delete ${keys.length} from ${keys[0]}`, async () => {
        for (const key of keys) parts.delete(key)
      }),
  })

  return {
    parts,
    portFor,
    /** Somebody else's object lies under the name of the next part. */
    squatNext() {
      isSquatted = true
    },
  }
}

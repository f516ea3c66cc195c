import { createHash } from 'node:crypto'

/**
 * Makes `crypto.subtle.digest` of this process answer in the order of events: the platform's own computes
 * in another thread, and a run would no longer be a function of its seed.
 */
export function digestInOrder(): void {
  Object.defineProperty(crypto.subtle, 'digest', {
    configurable: true,
    value: async (_algorithm: string, data: Uint8Array) => {
      const digest = createHash('sha256').update(data).digest()
      return digest.buffer.slice(digest.byteOffset, digest.byteOffset + digest.byteLength)
    },
  })
}

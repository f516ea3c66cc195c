import type { FeatureCopies } from '../ports.ts'

/** Keys of one read: the platform takes no more. */
const keysAtOnce = 100

/** Copies of features in KV. */
export function platformFeatureCopies(namespace: KVNamespace): FeatureCopies {
  return {
    async get(keys) {
      const found = new Map<string, string>()
      const some = Array.from({ length: Math.ceil(keys.length / keysAtOnce) }, (_, at) =>
        namespace.get(keys.slice(at * keysAtOnce, (at + 1) * keysAtOnce), 'text'),
      )
      for (const texts of await Promise.all(some)) {
        for (const [key, text] of texts) if (text !== null) found.set(key, text)
      }
      return found
    },
    put: (key, text, lifeSeconds) => namespace.put(key, text, { expirationTtl: lifeSeconds }),
  }
}

import type { KeyValueStorage } from '../../../client/key-value-storage.ts'

/** A store like AsyncStorage, its keys, its calls, and a bound on its characters. */
export function asyncStorage(given: { room?: number } = {}) {
  const items = new Map<string, string>()
  const calls: string[] = []
  const sizeWith = (key: string, value: string) =>
    [...items].reduce((sum, [name, text]) => sum + (name === key ? 0 : text.length), value.length)
  const storage: KeyValueStorage = {
    async getItem(key) {
      calls.push('getItem')
      return items.get(key) ?? null
    },
    async setItem(key, value) {
      calls.push('setItem')
      if (given.room !== undefined && sizeWith(key, value) > given.room)
        throw new Error('database or disk is full')
      items.set(key, value)
    },
    async removeItem(key) {
      calls.push('removeItem')
      items.delete(key)
    },
    async getAllKeys() {
      calls.push('getAllKeys')
      return [...items.keys()]
    },
    async multiRemove(keys) {
      calls.push('multiRemove')
      for (const key of keys) items.delete(key)
    },
  }
  return { items, calls, storage, given }
}

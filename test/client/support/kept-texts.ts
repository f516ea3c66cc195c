import type { KeyValueStorage } from '../../../client/key-value-storage.ts'

/** A store of texts whose removals a test may have fail. */
export function keptTexts() {
  const texts = new Map<string, string>()
  const state = { isBusy: false }
  const storage: KeyValueStorage = {
    getAllKeys: async () => [...texts.keys()],
    getItem: async key => texts.get(key),
    setItem: async (key, value) => void texts.set(key, value),
    async removeItem(key) {
      if (state.isBusy) throw new Error('It is busy.')
      texts.delete(key)
    },
  }
  return { texts, state, storage }
}

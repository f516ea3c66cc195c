/** The part of AsyncStorage that an outbox uses; any store of texts by key can have it, sync or not. */
export interface KeyValueStorage {
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>
  setItem(key: string, value: string): unknown
  removeItem(key: string): unknown
  getAllKeys(): readonly string[] | Promise<readonly string[]>
  /** Spares a round trip for each key. */
  multiRemove?(keys: string[]): unknown
}

/** The part of MMKV that an outbox uses. */
export interface MmkvStore {
  getString(key: string): string | undefined
  set(key: string, value: string): void
  getAllKeys(): string[]
  /** `delete` before version 4. */
  remove?(key: string): unknown
  delete?(key: string): unknown
}

/** Gives MMKV the shape that an outbox wants. */
export function mmkvStorage(mmkv: MmkvStore): KeyValueStorage {
  return {
    getItem: key => mmkv.getString(key),
    setItem: (key, value) => mmkv.set(key, value),
    removeItem: key => (mmkv.remove ? mmkv.remove(key) : mmkv.delete?.(key)),
    getAllKeys: () => mmkv.getAllKeys(),
  }
}

/** Gives `localStorage` the shape that an outbox wants; for one page at a time. */
export function webStorage(storage: Storage): KeyValueStorage {
  return {
    getItem: key => storage.getItem(key),
    setItem: (key, value) => storage.setItem(key, value),
    removeItem: key => storage.removeItem(key),
    getAllKeys: () =>
      Array.from({ length: storage.length }, (_, place) => storage.key(place) ?? ''),
  }
}

import { foldLines } from '../../client/fold-lines.ts'
import type { KeyValueStorage } from '../../client/key-value-storage.ts'
import { parseLine } from '../../client/outbox-line.ts'
import { keyOf } from '../../client/pending.ts'
import { never } from './actor.ts'
import type { ObjectContext } from './sim-object.ts'

/** A phone's store of texts by key, which outlives the app. */
export interface PhoneStore {
  /** What a life of the app sees of it; `isAlive` says whether it still lives. */
  open(isAlive: () => boolean): KeyValueStorage
  /** Keys of the entries that the next life will find. */
  liveKeys(): ReadonlySet<string>
  backUp(): void
  /** Brings the copy back; gives whether there is one. */
  restore(): boolean
}

/**
 * Gives a store whose every call takes its time: a write that was not told of may be kept or lost when the app is
 * killed, and one may find the disk full.
 */
export function phoneStore({ time, random, faults }: ObjectContext): PhoneStore {
  let kept = new Map<string, string>()
  let copy: ReadonlyMap<string, string> | undefined

  const open = (isAlive: () => boolean): KeyValueStorage => {
    /** Runs `work` in the midst of a call, unless the app is gone by then. */
    const call = async <T>(work: () => T): Promise<T> => {
      await time.sleep(random() * 4)
      if (!isAlive()) return never<T>()
      const result = work()
      await time.sleep(random() * 4)
      return isAlive() ? result : never<T>()
    }
    return {
      getItem: key => call(() => kept.get(key)),
      getAllKeys: () => call(() => [...kept.keys()]),
      setItem: (key, value) =>
        call(() => {
          if (faults.happens('outbox_full')) throw new Error('The disk is full.')
          kept.set(key, value)
        }),
      removeItem: key => call(() => kept.delete(key)),
    }
  }

  return {
    open,
    liveKeys() {
      const lines = [...kept].sort(([a], [b]) => (a < b ? -1 : 1))
      const read = lines.map(([id, text]) => ({ id, line: parseLine(text)?.line }))
      return new Set(foldLines(read).map(({ entry }) => keyOf(entry)))
    },
    backUp() {
      copy = new Map(kept)
    },
    restore() {
      if (copy === undefined) return false
      kept = new Map(copy)
      return true
    },
  }
}

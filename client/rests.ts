import type { Clock } from './clock.ts'

/** Times in which a client sends nothing: it loads, rests after a failure, or has no connection. */
export function createRests(clock: Clock) {
  const ends = new Set<() => void>()
  let held = 0

  /** Holds everything back as long as something is under way, and goes on with what came of it. */
  async function during<T>(work: Promise<T>): Promise<T> {
    held += 1
    try {
      return await work
    } finally {
      held -= 1
    }
  }

  return {
    isHeld: () => held > 0,
    during,
    /** Resolves after a time, or when `wake` is called. */
    rest: (ms: number) =>
      during(
        new Promise<void>(resolve => {
          const end = () => {
            cancel()
            ends.delete(end)
            resolve()
          }
          const cancel = clock.after(ms, end)
          ends.add(end)
        }),
      ),
    /** Ends all rests. */
    wake() {
      for (const end of ends) end()
    },
  }
}

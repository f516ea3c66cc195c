import { isOverloaded } from './is-overloaded.ts'
import type { Clock } from './ports.ts'

const maxAsks = 4
const firstPauseMs = 50

/**
 * Asks an object for what it only tells, and again where that failed: objects restart, and of many that are
 * asked at once some always do. Throws what the fourth ask threw; an overloaded object is asked no more,
 * and nobody is once `until` is aborted. Cost: 350 ms of waiting at most.
 */
export async function askAgain<T>(
  clock: Pick<Clock, 'sleep'>,
  ask: () => Promise<T>,
  until?: AbortSignal,
): Promise<T> {
  for (let asks = 1; ; asks++) {
    try {
      return await ask()
    } catch (cause) {
      if (asks >= maxAsks || isOverloaded(cause)) throw cause
      await clock.sleep(firstPauseMs * 2 ** (asks - 1), until)
      if (until?.aborted) throw cause
    }
  }
}

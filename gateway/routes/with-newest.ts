import { StaleDefinitions } from '../stale-definitions.ts'
import { Problem } from './problem.ts'

/**
 * Does what needs definitions as new as the records that it meets; where they are not, once more with `newest`
 * ones, and then refuses rather than to read records by a definition that does not know them.
 */
export async function withNewest<Definitions, Result>(
  definitions: Definitions,
  newest: (seen: number) => Promise<Definitions>,
  work: (definitions: Definitions) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(definitions)
  } catch (stale) {
    if (!(stale instanceof StaleDefinitions)) throw stale
    return work(await newest(stale.version)).catch(cause => {
      if (!(cause instanceof StaleDefinitions)) throw cause
      throw new Problem('unavailable', cause.message, 1)
    })
  }
}

import { limits } from '../limits.ts'
import type { AnyType, Extent } from './data-type.ts'
import { ValidationError } from './validation-error.ts'

/** Gives the extent of a type that holds these; throws a ValidationError where types nest too deep. */
export function extentAround(where: string, inner: readonly AnyType[]): Extent {
  let depth = 0
  let fields = 0
  for (const { '~extent': extent } of inner) {
    depth = Math.max(depth, extent?.depth ?? 1)
    fields += extent?.fields ?? 0
  }
  if (depth >= limits.maxNestingDepth) {
    throw new ValidationError(`${where}: Types nest at most ${limits.maxNestingDepth} deep.`)
  }
  return { depth: depth + 1, fields }
}

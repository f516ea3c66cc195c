import type { PageSizes } from '../../gateway/page-sizes.ts'
import { defaultRollSizes } from '../../gateway/roll-sizes.ts'
import { defaultUpkeepSizes } from '../../gateway/upkeep-sizes.ts'

export type PageRoom = 'little' | 'some'

export const pageSizes: { readonly [room in PageRoom]: PageSizes } = {
  /** Room for a page or two, so that nearly every fold writes one alone. */
  little: { cacheBytes: 500, entities: 2, bytes: 1_000, itemBytes: 100 },
  /** Room in which pages grow until they are split, and less than all of them take. */
  some: { cacheBytes: 8_000, entities: 1, bytes: 400, itemBytes: 40 },
}

/** Small sizes, so that a short run rolls often. */
const rollSizes = { ...defaultRollSizes, records: 12, ageMs: 20_000 }

/**
 * Hours close before they are over, so that parts are compacted while faults happen, and again with those
 * that come later; what they replace outlives any reader of a run.
 */
export const upkeepSizes = {
  ...defaultUpkeepSizes,
  closedAfterMs: 15_000 - 3_600_000,
  graceMs: 30_000,
}

export const sizes = { rollSizes, upkeepSizes }

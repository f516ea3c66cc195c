import type { Consequence, PlanAction } from '../plan-protocol.ts'

/** What becomes of an object that differs, and why. */
export interface ObjectChange {
  readonly action: Extract<PlanAction, 'update' | 'recreate'>
  readonly consequence: Consequence
  readonly reasons: readonly string[]
  /** Why it may not be so; empty where it may. */
  readonly refusals: readonly string[]
  /** Whether a recreation may be an update instead, which leaves a mixture of the old and the new online. */
  readonly isSuppressible?: boolean
}

/** Another object of the same name begins without what this one holds. */
export function recreation(
  reasons: readonly string[],
  consequence: Consequence,
  isSuppressible = false,
): ObjectChange {
  return { action: 'recreate', consequence, reasons, refusals: [], isSuppressible }
}

/** The object goes on as it is. */
export function updating(
  reasons: readonly string[] = [],
  consequence: Consequence = 'compatible',
): ObjectChange {
  return { action: 'update', consequence, reasons, refusals: [] }
}

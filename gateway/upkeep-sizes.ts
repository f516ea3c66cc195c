import { boundedNumber } from './bounded-number.ts'

/** Which parts are rewritten as one, and how long what they replace is kept. */
export interface UpkeepSizes {
  /** A part below both is small. */
  readonly smallRows: number
  readonly smallBytes: number
  /** At most this much is rewritten at once: the new part is built in an object's memory. */
  readonly rows: number
  readonly bytes: number
  readonly parts: number
  /** An hour is closed this long after its end: by then its last records are in parts. */
  readonly closedAfterMs: number
  /** Objects of parts that left the list are kept this long, for readers of an older list. */
  readonly graceMs: number
}

export const defaultUpkeepSizes: UpkeepSizes = {
  smallRows: 10_000,
  smallBytes: 4_194_304,
  rows: 50_000,
  bytes: 16_777_216,
  parts: 100,
  closedAfterMs: 900_000,
  graceMs: 86_400_000,
}

/** A reader of an older list takes minutes at most; nobody needs replaced parts for longer than a month. */
const graceBounds = [60_000, 30 * 86_400_000] as const

/** Reads an operator's sizes; a value that is no whole number within its bounds leaves the default. */
export function readUpkeepSizes(variables: {
  readonly TIDEGATE_PART_GRACE_MS?: string
}): UpkeepSizes {
  return {
    ...defaultUpkeepSizes,
    graceMs:
      boundedNumber(graceBounds, variables.TIDEGATE_PART_GRACE_MS) ?? defaultUpkeepSizes.graceMs,
  }
}

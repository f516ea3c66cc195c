import { limits } from '../shared/limits.ts'
import { boundedNumber } from './bounded-number.ts'

/** When a partition's tail is rolled into a part, and how much of it there may be. */
export interface RollSizes {
  readonly records: number
  readonly bytes: number
  readonly ageMs: number
  /** Appends are refused while the tail holds this much. */
  readonly maxTailBytes: number
}

export const defaultRollSizes: RollSizes = {
  records: limits.rollRecords,
  bytes: limits.rollBytes,
  ageMs: limits.rollAgeMs,
  maxTailBytes: limits.maxTailBytes,
}

/** Bounds of what an operator may set: a part is built in an object's memory. */
const bounds = {
  records: [1, 20_000],
  bytes: [1_024, 16_777_216],
  ageMs: [1_000, 3_600_000],
} as const

/** Reads an operator's sizes; a value that is no whole number within its bounds leaves the default. */
export function readRollSizes(variables: {
  readonly TIDEGATE_ROLL_RECORDS?: string
  readonly TIDEGATE_ROLL_BYTES?: string
  readonly TIDEGATE_ROLL_AGE_MS?: string
}): RollSizes {
  const { TIDEGATE_ROLL_RECORDS, TIDEGATE_ROLL_BYTES, TIDEGATE_ROLL_AGE_MS } = variables
  return {
    ...defaultRollSizes,
    records: boundedNumber(bounds.records, TIDEGATE_ROLL_RECORDS) ?? defaultRollSizes.records,
    bytes: boundedNumber(bounds.bytes, TIDEGATE_ROLL_BYTES) ?? defaultRollSizes.bytes,
    ageMs: boundedNumber(bounds.ageMs, TIDEGATE_ROLL_AGE_MS) ?? defaultRollSizes.ageMs,
  }
}

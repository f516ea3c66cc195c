/**
 * The calls that join the Durable Objects. Every message carries `format`; a version speaks its own and
 * the one before it, and refuses a newer one. Ranges are `[start, end)`; a **mark** is the last offset
 * that is included, -1 before the first.
 */
export const messageFormat = 1

export interface Message {
  readonly format: number
}

export type Range = readonly [start: number, end: number]

/** Consecutive records of one stored row, admitted by one definition version. */
export interface LogPiece {
  readonly ingestUs: number
  readonly version: number
  /** Offset of the first record. */
  readonly start: number
  /** Distance of each record's offset from `start`; absent when no record was left out. */
  readonly steps?: readonly number[]
  /** Canonical texts, joined by line feeds. */
  readonly text: string
}

/** Records `[start, end)` that are stored and cannot be read: they are never served as something else. */
export interface Damage {
  readonly start: number
  readonly end: number
  readonly reason: string
}

/** For each entity set, for each slot touched: the last offset that touched it. */
export interface Touches {
  readonly [entitySetId: string]: { readonly [slot: string]: number }
}

export interface ResumeReply extends Message {
  readonly stopped?: string
}

export interface Subscription {
  readonly viewId: string
  /** Records at or under this offset are left to a backfill. */
  readonly from: number
}

/** Refuses a message of a newer format with a sentence. */
export function checkFormat(message: Message): void {
  if (message.format === messageFormat) return
  throw new Error(
    `A message of format ${message.format} reached an object that speaks ${messageFormat}; deploy the newer version everywhere.`,
  )
}

/** One thing that a validation looked at. */
export interface Check {
  /** What it looked at, in a few words: `schema`, `batch config`, `partition 3`. */
  readonly what: string
  /** `not_checked` is what cannot be looked at from here. */
  readonly outcome: 'ok' | 'failed' | 'not_checked'
  /** What was found, and what to do where it failed. */
  readonly sentence: string
}

/** Reply of `GET {source}/validate`. */
export interface ValidationReply {
  readonly protocol: number
  readonly valid: boolean
  readonly checks: readonly Check[]
}

/** How far something is that takes long. */
export interface Progress {
  /** For people: `fetching payments`, `latest_payment: windows`. */
  readonly what: string
  /** Bytes or steps. */
  readonly done: number
  readonly total: number
}
export type TellProgress = (progress: Progress) => void

/**
 * What became of one pushed record. `accepted` and `duplicate`: stored, durable and readable. `rejected`: the
 * record is wrong, on the device or in the gateway's view. `dropped`: given up unjudged; a record that was
 * ever sent may be stored all the same. `adopted`: the page was left, and another one of this origin, or
 * this one when it is back, sends it.
 */
export interface Receipt {
  readonly source: string
  readonly status: 'accepted' | 'duplicate' | 'rejected' | 'dropped' | 'adopted'
  /** The producer's number of the record; none was given to a record refused on the device. */
  readonly sequence?: number
  readonly field?: string | undefined
  readonly code?: string | undefined
  /** One sentence. */
  readonly reason?: string | undefined
}

/** Something to log. The records of `receipts` were lost to it; all others are kept and sent again. */
export interface ClientError {
  readonly reason: string
  readonly code: string | undefined
  readonly receipts: readonly Receipt[]
}

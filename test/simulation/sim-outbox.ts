import type { Outbox } from '../../client/outbox.ts'
import type { SimRecord } from './workload.ts'

/** What a device keeps its records in, over all its lives, and what the ledger hears of them. */
export interface SimOutbox {
  /** Gives the outbox of a life; `pushing` tells which record is being pushed. */
  open(life: number, pushing: () => SimRecord | undefined): Outbox
  /** The device was killed: what is not kept is lost. */
  crash(): void
  /** Records of which nobody has heard yet. */
  pending(): number
  backUp?(): void
  /** Brings the copy back, and loses what it does not hold; gives whether there is one. */
  restore?(): boolean
}

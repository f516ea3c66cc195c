import type { OutboxEntry } from './outbox.ts'
import type { Receipt } from './receipt.ts'

/** How a record ends; its receipt says so, and names it. */
export type Ending = Omit<Receipt, 'source' | 'sequence'>

/**
 * A record until it is settled, which is also what its pusher is given. A class, with all that it will ever hold:
 * each push costs one object of one shape, and whoever never asks pays for neither a promise nor a receipt.
 */
export class Pending {
  /** Is another from its first attempt on, which it notes, and where its producer was lost. */
  entry: OutboxEntry
  /** When it first left, by a clock that never jumps; NaN if in an earlier life, until the gateway has told the time. */
  leftMs: number | undefined
  /** The request that it is in. */
  flight: AbortController | undefined
  /** Resolves, never rejects, when the outbox has kept or refused the entry. */
  kept: Promise<void> | undefined
  #ending: Ending | undefined
  #accepted: Promise<Receipt> | undefined
  #tell: ((receipt: Receipt) => void) | undefined

  constructor(entry: OutboxEntry, leftMs?: number) {
    this.entry = entry
    this.leftMs = leftMs
  }

  /** Resolves when the record is settled. */
  get accepted(): Promise<Receipt> {
    this.#accepted ??= new Promise(resolve => {
      if (this.#ending) resolve(this.receipt)
      else this.#tell = resolve
    })
    return this.#accepted
  }

  /** What became of it; must be settled. */
  get receipt(): Receipt {
    const { source, sequence } = this.entry
    return { source, sequence, status: 'dropped', ...this.#ending }
  }

  settle(ending: Ending) {
    this.#ending = ending
    this.#tell?.(this.receipt)
  }
}

export function keyOf({
  producer,
  source,
  sequence,
}: Pick<OutboxEntry, 'producer' | 'source' | 'sequence'>): string {
  return `${producer} ${sequence} ${source}`
}

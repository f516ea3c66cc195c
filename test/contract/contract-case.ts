import type { EdgeCopy, PartStore, Storage } from '../../gateway/ports.ts'

/** What a case works on: the same interfaces over the platform and over the simulation's fakes. */
export interface ContractBed {
  readonly storage: Storage
  readonly parts: PartStore
  readonly edge: EdgeCopy
  /** When the alarm is set to ring, once that is stored. */
  alarm(): Promise<number | null>
  /** Begins every name that a case gives to what outlives it. */
  readonly prefix: string
}

/** One thing that production code relies on: its outcome must be equal wherever it runs. */
export interface ContractCase {
  readonly name: string
  /** Gives plain JSON; what it throws counts as `{ thrown }`. */
  run(bed: ContractBed): unknown
}

/** Runs a case and gives its outcome as plain JSON, so that outcomes of two platforms can be compared. */
export async function outcomeOf(contract: ContractCase, bed: ContractBed): Promise<unknown> {
  try {
    const outcome: unknown = await contract.run(bed)
    return JSON.parse(JSON.stringify(outcome ?? null))
  } catch (cause) {
    return { thrown: classOf(cause) }
  }
}

/** The kind of a failure: sentences differ between platforms, and nobody may read them. */
export function classOf(cause: unknown): string {
  const text = String(cause)
  for (const kind of ['UNIQUE', 'NOT NULL', 'CHECK', 'no such table', 'no such column', 'syntax']) {
    if (text.includes(kind)) return kind
  }
  if (/already exists/.test(text)) return 'already exists'
  return cause instanceof Error && cause.message.startsWith('own: ') ? cause.message : 'other'
}

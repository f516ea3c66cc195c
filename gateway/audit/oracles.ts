import type { JournalPage, Part } from '../contracts/catalogue-contract.ts'
import type { Damage } from '../contracts/message.ts'

type Ranges = JournalPage['ranges']

/** A shard of an entity set as it answers for one partition. */
export interface AppliedFacts {
  readonly entitySet: string
  /** The lowest over the entity set's shards: the last offset folded. */
  readonly mark: number
  /** The highest over its shards: above what was given out where a partition was restored from a backup. */
  readonly highest: number
  /** The lowest over its shards: the last offset that a restart still has. */
  readonly durable: number
  /** The last offset that a shard durably lacks and its partition no longer holds, -1 for none. */
  readonly lacks: number
  /** Its views that cannot be served, and why. */
  readonly withheld: readonly { readonly view: string; readonly status: string }[]
}

/** What was found of one partition at one cut. */
export interface PartitionFacts {
  readonly logOffline: boolean
  /** Offsets ever given out are those below this. */
  readonly accepted: number
  /** The last offset in parts as the partition knows it, and as the catalogue knows it. */
  readonly committed: number
  readonly mark: number
  /** The catalogue's parts of the partition, by first offset. */
  readonly parts: readonly Pick<Part, 'name' | 'start' | 'end' | 'rows'>[]
  /** Records below `end` that are older than the retention and in no part any more. */
  readonly expired?: { readonly end: number; readonly rows: number }
  /** What is wrong with the ranges of the journal up to the mark. */
  readonly journal: readonly string[]
  /** The tail from an offset on, right above the mark where there are parts: counted by reading it. */
  readonly tail: {
    readonly from: number
    readonly records: number
    readonly damage: readonly Damage[]
  }
  readonly applied: readonly AppliedFacts[]
  /** Why rolls, or compactions, stopped. */
  readonly stopped: string | undefined
  /** What is wrong with the files of the parts; empty where they were not read. */
  readonly files: readonly string[]
}

/** Everything that is wrong with a partition, a sentence each; nothing when all of it agrees. */
export function checkPartition(facts: PartitionFacts): string[] {
  return [
    ...checkParts(facts),
    ...facts.journal,
    ...checkCounts(facts),
    ...checkMarks(facts),
    ...facts.applied.flatMap(applied => checkApplied(applied, facts)),
    ...facts.tail.damage.map(({ reason }) => reason),
    ...(facts.stopped === undefined ? [] : [`stopped: ${facts.stopped}`]),
    ...facts.files,
  ]
}

/** Records in parts, as the catalogue lists them. */
export function rowsInParts({ parts }: Pick<PartitionFacts, 'parts'>): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0)
}

/** Every record that was ever given an offset is in the parts or in the tail, and nothing else is. */
export function checkCounts(facts: PartitionFacts): string[] {
  const { logOffline, accepted, tail, expired } = facts
  const stored = rowsInParts(facts) + tail.records + (expired?.rows ?? 0)
  // Without an offline log what every shard holds durably is forgotten: the tail is all that is stored.
  const expected = logOffline ? accepted : accepted - tail.from
  return stored === expected ? [] : [`${expected} records should be stored and ${stored} are`]
}

/** Parts lie side by side from offset 0, or from what has expired, to the mark, each with a row for every offset. */
export function checkParts({
  parts,
  mark,
  expired,
}: Pick<PartitionFacts, 'parts' | 'mark' | 'expired'>): string[] {
  const short = parts
    .filter(({ start, end, rows }) => rows !== end - start)
    .map(({ name, start, end, rows }) => `part ${name} has ${rows} rows in [${start}, ${end})`)
  return [...short, ...checkDense('parts', parts, mark, expired?.end)]
}

/** Ranges follow each other from an offset to the mark without gap and overlap. */
export function checkDense(what: string, ranges: Ranges, mark: number, from = 0): string[] {
  const track = denseTrack(what, from)
  track.add(ranges)
  return track.end(mark)
}

/** The same for ranges that come page by page; those above the mark came later and are left out. */
export function denseTrack(what: string, from = 0) {
  const wrong: string[] = []
  let reached = from
  return {
    add(ranges: Ranges, mark: number = Number.MAX_SAFE_INTEGER): void {
      for (const { start, end } of ranges) {
        if (start > mark) return
        if (start > reached) wrong.push(`${what} have a gap [${reached}, ${start})`)
        if (start < reached) wrong.push(`${what} overlap in [${start}, ${Math.min(reached, end)})`)
        reached = Math.max(reached, end)
      }
    },
    end: (mark: number): string[] =>
      reached === mark + 1
        ? wrong
        : [...wrong, `${what} reach offset ${reached - 1} and the catalogue's mark is ${mark}`],
  }
}

/** The catalogue and the partition know the same mark, and it is below what was given out. */
export function checkMarks(
  facts: Pick<PartitionFacts, 'mark' | 'committed' | 'accepted'>,
): string[] {
  const { mark, committed, accepted } = facts
  const wrong: string[] = []
  if (mark !== committed) {
    wrong.push(`the catalogue's mark is ${mark} and the partition's ${committed}`)
  }
  if (mark >= accepted)
    wrong.push(`the mark is ${mark} and only ${accepted} offsets were given out`)
  return wrong
}

/** A shard has folded no more than was accepted, and lacks nothing that it can no longer ask for. */
export function checkApplied(
  { entitySet, mark, highest, durable, lacks, withheld }: AppliedFacts,
  { accepted }: Pick<PartitionFacts, 'accepted'>,
): string[] {
  const wrong = withheld
    .filter(({ status }) => status === 'degraded')
    .map(({ view }) => `view ${view} is degraded: it lacks records and answers nothing`)
  if (highest >= accepted) {
    wrong.push(`entity set ${entitySet} has folded ${highest + 1} records of ${accepted}`)
  }
  if (durable > mark) {
    wrong.push(`entity set ${entitySet} has written offset ${durable} and folded only ${mark}`)
  }
  if (lacks >= 0) {
    wrong.push(`a shard of entity set ${entitySet} durably lacks offset ${lacks}, which is gone`)
  }
  return wrong
}

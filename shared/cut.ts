/** One offset a partition, ascending by partition: a data frame has the rows at or under them. */
export type Cut = readonly { readonly partition: number; readonly upTo: number }[]

/** Where a reading goes on: right after the row with this offset of this partition. */
export interface Place {
  readonly partition: number
  readonly offset: number
}

/** Writes a cut as text: `0:1999,1:-1`. */
export function formatCut(cut: Cut): string {
  return cut.map(({ partition, upTo }) => `${partition}:${upTo}`).join(',')
}

const pair = /^(\d{1,5}):(-1|\d{1,15})$/

/** Reads a cut; nothing where the text is none. */
export function parseCut(text: string): Cut | undefined {
  const cut: { partition: number; upTo: number }[] = []
  for (const one of text.split(',')) {
    const [, partition, upTo] = pair.exec(one) ?? []
    if (partition === undefined || upTo === undefined) return undefined
    if (Number(partition) <= (cut.at(-1)?.partition ?? -1)) return undefined
    cut.push({ partition: Number(partition), upTo: Number(upTo) })
  }
  return cut
}

/** Writes a place as text: `0:1999`. */
export function formatPlace({ partition, offset }: Place): string {
  return `${partition}:${offset}`
}

/** Reads a place, `partition:offset`; nothing where the text is none. */
export function parsePlace(text: string): Place | undefined {
  const [, partition, offset] = pair.exec(text) ?? []
  return partition === undefined || offset === undefined
    ? undefined
    : { partition: Number(partition), offset: Number(offset) }
}

import { type Cut, type Place, parseCut, parsePlace } from '../../shared/cut.ts'
import { BrokenLines, wholeLines } from './whole-lines.ts'

/** Columns that say a row's place; every data frame is asked for them, as its last ones. */
export const placeColumns = ['_partition', '_offset'] as const

/** Rows as lines of JSON, the place up to which all that fits has come, and whether that is everything. */
export interface ReadLines {
  readonly lines: readonly string[]
  readonly reached: Place | undefined
  readonly isComplete: boolean
}

const placeOfRow = /"_partition":(\d{1,5}),"_offset":(\d{1,15})\}$/
const reachedLine = /^\{"_reached":"([^"]*)"\}$/
const endLine = /^\{"_end":(\d{1,15})\}$/

/**
 * Reads one answer's rows and holds each to what it may be: right of the place where the reading goes on, in
 * ascending order, inside the cut. A body may end before the gateway has said that it is complete. Throws a
 * BrokenLines where it is no data frame, or one of other rows.
 */
export async function* readReply(
  chunks: AsyncIterable<Uint8Array>,
  cut: Cut,
  after: Place | undefined,
): AsyncGenerator<ReadLines> {
  const ends = new Map(cut.map(({ partition, upTo }) => [partition, upTo]))
  let reached = after
  let rows = 0
  let isComplete = false
  for await (const some of wholeLines(chunks)) {
    const lines: string[] = []
    for (const line of some) {
      if (isComplete) throw new BrokenLines(`a line after the end: ${line.slice(0, 64)}`)
      const row = placeOfRow.exec(line)
      const place = row ? placeOf(row[1], row[2]) : placeSaid(line)
      if (place === undefined) {
        const said = endLine.exec(line)?.[1]
        if (said === undefined) throw new BrokenLines(`a line that is no row: ${line.slice(0, 64)}`)
        if (Number(said) !== rows) throw new BrokenLines(`${rows} rows where there are ${said}`)
        isComplete = true
        continue
      }
      if (place.offset > (ends.get(place.partition) ?? -1)) {
        throw new BrokenLines(`a row outside the cut: ${line.slice(-64)}`)
      }
      if (reached !== undefined && !isRightOf(place, reached, row !== null)) {
        throw new BrokenLines(`a row that came before: ${line.slice(-64)}`)
      }
      if (row !== null) {
        lines.push(line)
        rows++
      }
      reached = place
    }
    yield { lines, reached, isComplete }
  }
}

/** Reads the cut that an answer is of. */
export function cutOf(headers: Headers): { readonly text: string; readonly cut: Cut } | undefined {
  const text = headers.get('tidegate-cut')
  const cut = text === null ? undefined : parseCut(text)
  return text === null || cut === undefined ? undefined : { text, cut }
}

function placeSaid(line: string): Place | undefined {
  const said = reachedLine.exec(line)?.[1]
  return said === undefined ? undefined : parsePlace(said)
}

function placeOf(partition = '', offset = ''): Place {
  return { partition: Number(partition), offset: Number(offset) }
}

function isRightOf(place: Place, other: Place, strictly: boolean): boolean {
  if (place.partition !== other.partition) return place.partition > other.partition
  return strictly ? place.offset > other.offset : place.offset >= other.offset
}

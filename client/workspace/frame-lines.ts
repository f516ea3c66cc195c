import { formatPlace, type Place, parsePlace } from '../../shared/cut.ts'
import { finalFailure } from './frame-failure.ts'
import type { ResumePoint } from './gateway-error.ts'
import { cutOf, placeColumns, readReply } from './read-reply.ts'
import { BrokenLines } from './whole-lines.ts'

export interface FramePorts {
  /** Asks the route by a query; its body as it arrives. */
  readonly ask: (query: Readonly<Record<string, string>>) => Promise<FrameReply>
  readonly wait: (ms: number) => Promise<void>
}

export interface FrameReply {
  readonly headers: Headers
  readonly chunks: AsyncIterable<Uint8Array>
}

export interface FrameLinesQuery {
  /** For sentences. */
  readonly source: string
  /** `start_time` and `end_time`. */
  readonly range: Readonly<Record<string, string>>
  readonly columns: readonly string[]
  /** Asks for records as they were sent, no post-processor's rows. */
  readonly isAsSent?: boolean
  readonly resume?: ResumePoint | undefined
  /** Told the cut of the first answer, says the one to read: its own, unless another reading was first. */
  readonly agreeOnCut?: (cut: string) => string
  readonly signal?: AbortSignal | undefined
}

/** Tries in a row that bring nothing before a broken reading is given up. */
const maxFruitlessTries = 5
const firstPauseMs = 250

/**
 * Reads a data frame's rows as lines of JSON, some at a time; each ends with the columns of its place. Where a
 * connection breaks it goes on after the last row, at the same cut, so that no row is missed and none comes
 * twice. Throws a GatewayError where that is impossible, what `ask` throws before there is a cut, and the
 * signal's reason. Cost: what arrives at a time is in memory, a mebibyte of an unended line at most.
 */
export async function* frameLines(
  { ask, wait }: FramePorts,
  { source, range, columns, isAsSent = false, resume, agreeOnCut, signal }: FrameLinesQuery,
): AsyncGenerator<readonly string[]> {
  const wanted = [...columns.filter(name => !isPlaceColumn(name)), ...placeColumns].join(',')
  let cut = resume?.cut
  let after = placeIn(resume)
  let rows = 0
  for (let fruitless = 0; ; ) {
    const before = after
    let isWhole = false
    let failure: unknown = new Error('It ended before it was complete.')
    try {
      const reply = await ask({
        ...range,
        ...(isAsSent ? { apply_translator: 'false' } : {}),
        columns: wanted,
        progress: 'true',
        ...pointOf(cut, after),
      })
      const found = cutOf(reply.headers)
      if (found === undefined) throw new BrokenLines('no cut')
      if (cut !== undefined && found.text !== cut) throw new BrokenLines('another cut')
      cut ??= agreeOnCut?.(found.text) ?? found.text
      if (found.text !== cut) {
        for await (const _ of reply.chunks) break
        continue
      }
      for await (const lot of readReply(reply.chunks, found.cut, after)) {
        after = lot.reached
        rows += lot.lines.length
        isWhole = lot.isComplete
        if (lot.lines.length > 0) yield lot.lines
      }
    } catch (cause) {
      failure = cause
    }
    if (isWhole && !(failure instanceof BrokenLines)) return
    if (signal?.aborted) throw signal.reason
    const resume = pointOf(cut, after)
    fruitless = isSame(before, after) ? fruitless + 1 : 0
    const final = finalFailure({ source, rows, failure, resume }, fruitless > maxFruitlessTries)
    if (final !== undefined) throw final
    await wait(firstPauseMs * 2 ** fruitless)
  }
}

export function isPlaceColumn(name: string): boolean {
  return placeColumns.some(place => place === name)
}

function isSame(one: Place | undefined, other: Place | undefined): boolean {
  return one?.partition === other?.partition && one?.offset === other?.offset
}

function pointOf(cut: string | undefined, after: Place | undefined): ResumePoint | undefined {
  if (cut === undefined) return undefined
  return { cut, ...(after === undefined ? {} : { after: formatPlace(after) }) }
}

function placeIn(resume: ResumePoint | undefined): Place | undefined {
  return resume?.after === undefined ? undefined : parsePlace(resume.after)
}

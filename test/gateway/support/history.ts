import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { LogPiece } from '../../../gateway/contracts/message.ts'
import {
  type HistoryQuery,
  type HistoryStep,
  readHistory,
} from '../../../gateway/offline/read-history.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformParts } from '../../../gateway/platform/ports.ts'
import type { PartStore, Peers } from '../../../gateway/ports.ts'
import { Field, Int64 } from '../../../shared/types.ts'
import type { TestWorkspace } from './test-workspace.ts'

/** A record as it stands in a log. */
export interface Logged {
  readonly offset: number
  readonly ingestUs: number
  readonly version: number
  readonly text: string
}

const message = { format: 1 }
const numbers = [Field('n', Int64)]

/** The records of pieces, one by one. */
export function loggedIn(pieces: readonly LogPiece[]): Logged[] {
  return pieces.flatMap(({ start, steps, ingestUs, version, text }) =>
    text
      .split('\n')
      .map((line, at) => ({ offset: start + (steps?.[at] ?? at), ingestUs, version, text: line })),
  )
}

/** The canonical texts alone. */
export function textsOf(records: readonly Logged[]): string[] {
  return records.map(({ text }) => text)
}

/** Histories of one-partition sources of a workspace, read with the real objects. */
export function historiesIn(workspace: TestWorkspace) {
  const queryOf = (source: string, upTo: number, more: Partial<HistoryQuery>): HistoryQuery => ({
    workspaceId: workspace.workspaceId,
    sourceId: workspace.idOf('stream_source', source),
    fields: numbers,
    logOffline: true,
    partition: 0,
    after: -1,
    upTo,
    ...more,
  })
  /** Opens a history: each call of `next` takes one step, or gives nothing at the end. */
  const open = (
    source: string,
    upTo: number,
    more: Partial<HistoryQuery> = {},
    change: (ports: { peers: Peers; parts: PartStore }) => {
      peers: Peers
      parts: PartStore
    } = ports => ports,
  ) => {
    const query = queryOf(source, upTo, more)
    const ports = change({ peers: platformPeers(env), parts: platformParts(env.LOG) })
    const history = readHistory(ports, query)
    const seen: Logged[] = []
    let reached = query.after
    let reason: string | undefined
    const take = (step: HistoryStep) => {
      expect(reason).toBeUndefined()
      if ('missing' in step) {
        reason = step.reason
        return
      }
      const records = loggedIn(step.pieces)
      expect(step.upTo).toBeGreaterThan(reached)
      expect(step.upTo).toBeLessThanOrEqual(upTo)
      // Nothing is left out of a step, but all that expired has one of its own.
      const whole = Array.from({ length: step.upTo - reached }, (_, at) => reached + 1 + at)
      expect(records.map(({ offset }) => offset)).toEqual(records.length === 0 ? [] : whole)
      expect(records.length).toBeLessThanOrEqual(2_000)
      const text = step.pieces.reduce((sum, piece) => sum + piece.text.length, 0)
      expect(text).toBeLessThanOrEqual(1_048_576)
      seen.push(...records)
      reached = step.upTo
    }
    const next = async (): Promise<HistoryStep | undefined> => {
      const { done, value } = await history.next()
      if (done === true) return undefined
      take(value)
      return value
    }
    return {
      next,
      /** Reads on to the end, and checks that it is the end that was asked for. */
      async rest(): Promise<{ readonly seen: Logged[]; readonly reason?: string }> {
        while ((await next()) !== undefined);
        if (reason !== undefined) return { seen, reason }
        expect(reached).toBe(Math.max(upTo, query.after))
        return { seen }
      },
    }
  }
  return {
    open,
    /** A whole history of which nothing is missing. */
    async read(source: string, upTo: number, more: Partial<HistoryQuery> = {}): Promise<Logged[]> {
      const { seen, reason } = await open(source, upTo, more).rest()
      expect(reason).toBeUndefined()
      return seen
    },
    /** What the tail holds above an offset, straight from the partition. */
    async tail(source: string, after: number): Promise<Logged[]> {
      const partition = workspace.partition(source)
      const { last } = await partition.snapshot(message)
      const logged: Logged[] = []
      for (let reached = after; reached < last; ) {
        const reply = await partition.readTail({ ...message, after: reached, upTo: last })
        if (reply.outcome !== 'pieces') throw new Error(`The tail answered ${reply.outcome}.`)
        logged.push(...loggedIn(reply.pieces))
        reached = reply.upTo
      }
      return logged
    },
    /** Rolls and forgets: what was in the tail is only in parts, or nowhere. */
    async moveTail(source: string): Promise<void> {
      const partition = workspace.partition(source)
      await partition.roll(message)
      await partition.wake(message)
      await runDurableObjectAlarm(partition)
      const { first, last } = await partition.snapshot(message)
      expect(first).toBe(last + 1)
    },
    /** A data frame's rows of the partition, in the same form. */
    async frame(source: string): Promise<Logged[]> {
      const rows = await workspace.rows(source, '?columns=n,_offset,_ingest_ts,_version')
      return rows.map(row => {
        const [n, offset, ingestTime, version] = Object.values(row ?? {})
        return {
          offset: Number(offset),
          ingestUs: microsOfText(String(ingestTime)),
          version: Number(version),
          text: JSON.stringify({ n }),
        }
      })
    },
  }
}

function microsOfText(time: string): number {
  return Date.parse(time) * 1_000 + Number(time.slice(23, 26))
}

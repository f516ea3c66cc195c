import { open } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { type Cut, formatCut, parseCut } from '../../shared/cut.ts'
import { frameFile } from '../workspace/frame-file.ts'
import { framePorts } from '../workspace/frame-ports.ts'
import { GatewayError, isPassing } from '../workspace/gateway-error.ts'
import type { GatewayHttp } from '../workspace/gateway-http.ts'
import { unreadable } from '../workspace/http-sentence.ts'
import { type PartCache, WrongPart } from './part-cache.ts'
import {
  type ListedPart,
  type PartChain,
  partChain,
  partSchema,
  partsWithin,
} from './part-chain.ts'
import type { TellProgress } from './progress.ts'

/** A source's records at one cut, as Parquet files. */
export interface SourceFiles {
  readonly cut: Cut
  /** Parts, and the tail. */
  readonly paths: readonly string[]
  readonly tailPath: string
  /** Whether parts were there that a retention took. */
  readonly hasExpired: boolean
  /** Partitions that have given out offsets and are in no part: their first ones may have expired as well. */
  readonly inTailAlone: readonly number[]
}

export interface FetchedSource {
  readonly name: string
  readonly workspace: string
  /** The source's own id, so that no source of the same name is taken for it. */
  readonly id: string
  /** The names of the columns of its records as they are kept. */
  readonly columns: readonly string[]
  /** A cut that was taken before; all that is acknowledged by now if absent. */
  readonly cut?: Cut
}

interface FetchPorts {
  readonly http: GatewayHttp
  readonly cache: PartCache
  /** Where the tail is kept for as long as it is read. */
  readonly folder: string
  readonly tell: TellProgress
  readonly signal?: AbortSignal
}

const partsReply = v.object({ parts: v.array(partSchema) })
const fetchesAtOnce = 4
const tries = 5
const pauseMs = 500

/**
 * Brings a source's records at or under one cut onto this machine: its parts into the cache, each once and for ever,
 * and beside them what is in no part yet. What broke off is begun again where it stands: parts that have come stay.
 * Throws a GatewayError where it cannot be had. Cost: a call for each part that is not in the cache, and two more.
 */
export async function fetchSource(ports: FetchPorts, source: FetchedSource): Promise<SourceFiles> {
  for (let left = tries; ; left--) {
    try {
      return await fetchOnce(ports, source)
    } catch (cause) {
      ports.signal?.throwIfAborted()
      if (left <= 1 || !isWorthAnother(cause)) throw cause
      await pause(ports)
    }
  }
}

async function fetchOnce(ports: FetchPorts, source: FetchedSource): Promise<SourceFiles> {
  const chain = await listChain(ports, source)
  // The tail comes first: what it does not have is in parts by the time of the list.
  const tail = await fetchTail(ports, source, chain)
  const parts = partsWithin(chain, tail.cut)
  await fetchParts(ports, source, parts)
  return {
    cut: tail.cut,
    paths: [...parts.map(part => ports.cache.pathOf(part)), tail.path],
    tailPath: tail.path,
    hasExpired: chain.expired.length > 0,
    inTailAlone: tail.cut
      .filter(({ upTo }) => upTo >= 0)
      .map(({ partition }) => partition)
      .filter(partition => !chain.marks.some(mark => mark.partition === partition)),
  }
}

async function listChain({ http, signal }: FetchPorts, source: FetchedSource): Promise<PartChain> {
  const path = `${pathOf(source)}/parts`
  const { parts } = await http.json(partsReply, path, signal === undefined ? {} : { signal })
  const chain = partChain(parts)
  if (chain !== undefined) return chain
  throw new MovedOn(`The parts of "${source.name}" were put together while they were listed.`)
}

/** Something moved between two calls; both are worth repeating. */
class MovedOn extends Error {}

/** Fetches the rows that are in no part, as one Parquet file, and with them the cut. */
async function fetchTail(
  { http, folder, signal }: FetchPorts,
  source: FetchedSource,
  chain: PartChain,
): Promise<{ readonly path: string; readonly cut: Cut }> {
  const ports = framePorts(http, pathOf(source), signal)
  const path = join(folder, `${source.id}.parquet`)
  let found: string | undefined
  const bytes = frameFile(
    'parquet',
    {
      ask: query =>
        ports.ask({
          ...query,
          source_id: source.id,
          ...(chain.marks.length === 0 ? {} : { above: formatCut(chain.marks) }),
        }),
    },
    {
      source: source.name,
      range: {},
      columns: source.columns,
      isAsSent: true,
      resume: source.cut && { cut: formatCut(source.cut) },
      agreeOnCut: cut => {
        found = cut
        return cut
      },
      signal,
    },
  )
  const file = await open(path, 'w', 0o600)
  try {
    for await (const chunk of bytes) await file.writeFile(chunk)
  } finally {
    await file.close()
  }
  const cut = source.cut ?? parseCut(found ?? '')
  if (cut === undefined) throw unreadable(`${http.base}${pathOf(source)}/dataframe`, 'no cut')
  return { path, cut }
}

async function fetchParts(
  ports: FetchPorts,
  source: FetchedSource,
  parts: readonly ListedPart[],
): Promise<void> {
  const { cache, tell, signal } = ports
  const present = await Promise.all(parts.map(part => cache.has(part)))
  const missing = parts.filter((_, at) => present[at] !== true)
  const total = missing.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  const what = `fetching ${source.name}`
  if (total > 0) tell({ what, done, total })
  const waiting = missing.values()
  const fetchOn = async () => {
    for (const part of waiting) {
      signal?.throwIfAborted()
      await fetchPart(ports, source, part)
      done += part.bytes
      tell({ what, done, total })
    }
  }
  await Promise.all(Array.from({ length: fetchesAtOnce }, fetchOn))
}

async function fetchPart(
  { http, cache, signal }: FetchPorts,
  source: FetchedSource,
  part: ListedPart,
): Promise<void> {
  const path = `${pathOf(source)}/parts/${encodeURIComponent(part.name)}`
  const reply = await http.call(path, signal === undefined ? {} : { signal })
  await cache.keep(part, http.chunksOf(reply))
}

function isWorthAnother(cause: unknown): boolean {
  if (cause instanceof MovedOn || cause instanceof WrongPart) return true
  // A part that is no more was put together with others: the next list has what took its place.
  if (!(cause instanceof GatewayError)) return isBrokenBody(cause)
  return cause.code === 'unknown_part' || cause.code === 'broken_off' || isPassing(cause)
}

/** What breaks a body in the middle has no form of its own; files have codes. */
function isBrokenBody(cause: unknown): boolean {
  return cause instanceof Error && !('code' in cause && 'syscall' in cause)
}

async function pause({ http, signal }: FetchPorts): Promise<void> {
  await new Promise<void>(resolve => http.clock.after(pauseMs, resolve))
  signal?.throwIfAborted()
}

function pathOf({ workspace, name }: Pick<FetchedSource, 'workspace' | 'name'>): string {
  return `/workspaces/${encodeURIComponent(workspace)}/sources/${encodeURIComponent(name)}`
}

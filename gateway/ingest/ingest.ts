import { limits } from '../../shared/limits.ts'
import type { Clock, Peers, Random } from '../ports.ts'
import { type AppendOutcome, appendSource, type Sender } from './append-source.ts'
import type { CompiledDefinitions } from './compiled-source.ts'
import type { DefinitionsCache } from './definitions-cache.ts'
import { judgeRecords, withoutRecords } from './judge-records.ts'
import type { JudgedSource } from './judged-source.ts'
import type { ParsedIngest, ParsedSource } from './parse-ingest-request.ts'

export interface IngestPorts {
  readonly clock: Clock
  readonly random: Random
  readonly peers: Peers
  readonly definitions: DefinitionsCache
}

/** A source of a request and what became of its records. */
export interface IngestedSource {
  readonly judged: JudgedSource
  readonly result: AppendOutcome
}

export type IngestOutcome =
  | { readonly outcome: 'unknown_workspace' | 'not_live' }
  | { readonly outcome: 'too_large'; readonly source: string; readonly bytes: number }
  /** All or nothing, and something is wrong: nothing was stored. */
  | { readonly outcome: 'refused'; readonly sources: readonly JudgedSource[] }
  /** Only judged, as asked for. */
  | {
      readonly outcome: 'dry'
      readonly compiled: CompiledDefinitions
      readonly sources: readonly JudgedSource[]
    }
  | { readonly outcome: 'reused_key' }
  | {
      readonly outcome: 'ingested'
      readonly compiled: CompiledDefinitions
      readonly sources: readonly IngestedSource[]
    }

/** How often definitions may move under one request before it is given up for now. */
const maxRejudgings = 5

/**
 * Takes one request the whole way: judge by a cached definition, ask the registry before refusing, append
 * source by source. `allOrNothing` is a rule of validation: nothing is stored when any record is refused.
 */
export async function ingest(
  ports: IngestPorts,
  workspaceId: string,
  request: ParsedIngest,
  sender: Sender,
  allOrNothing: boolean,
): Promise<IngestOutcome> {
  const { clock, definitions } = ports
  const deadlineMs = clock.now() + limits.ingestDeadlineMs
  let compiled = await definitions.recent(workspaceId)
  if (standingOf(compiled, request) !== 'open') compiled = await definitions.newest(workspaceId)
  if (compiled?.definitions.workspace !== request.workspace) return { outcome: 'unknown_workspace' }

  let judged = judgeAll(request, compiled, clock.now())
  if (judged.some(({ rejected }) => rejected.length > 0)) {
    // A cache may admit, only the registry may refuse.
    const newest = await definitions.newest(workspaceId)
    if (newest !== undefined && newest !== compiled) {
      compiled = newest
      judged = judgeAll(request, compiled, clock.now())
    }
  }
  const standing = standingOf(compiled, request)
  if (standing === 'unknown_workspace') return { outcome: standing }
  for (const { name, bytes } of judged) {
    if (bytes > limits.maxRequestBytes) return { outcome: 'too_large', source: name, bytes }
  }
  const refused = judged.some(({ rejected }) => rejected.length > 0)
  if (refused && allOrNothing) return { outcome: 'refused', sources: judged }
  if (request.dryRun) return { outcome: 'dry', compiled, sources: judged }
  if (standing === 'not_live') return { outcome: standing }

  if (await isKeyReused(ports, judged, sender, deadlineMs)) return { outcome: 'reused_key' }
  const sources: IngestedSource[] = []
  for (const [at, parsed] of request.sources.entries()) {
    const first = judged[at]
    if (first === undefined || parsed.count === 0) continue
    const done = await appendFresh(ports, workspaceId, request, parsed, first, sender, deadlineMs)
    if (typeof done === 'string') {
      if (!sources.some(holdsRecords)) return { outcome: done }
      // What was stored is told; whoever sends the rest again is told why it cannot be.
      const reason = 'its workspace is another one by now'
      const result = { outcome: 'not_stored', reason, retryMs: 1_000 } as const
      sources.push({ judged: first, result })
      continue
    }
    if (done.result.outcome === 'reused_key') return { outcome: 'reused_key' }
    sources.push(done)
  }
  return { outcome: 'ingested', compiled, sources }
}

/**
 * Whether an Idempotency-Key over several sources was used for another body at any of them: asked before
 * anything is stored, since each partition knows only its own part. Cost: one call a source, no row.
 */
async function isKeyReused(
  ports: IngestPorts,
  judged: readonly JudgedSource[],
  sender: Sender,
  deadlineMs: number,
): Promise<boolean> {
  if (sender.kind !== 'keyed' || judged.length < 2) return false
  const answers = await Promise.all(
    judged.map(source => appendSource(ports, withoutRecords(source), sender, 0, deadlineMs)),
  )
  return answers.some(({ outcome }) => outcome === 'reused_key')
}

function judgeAll(
  request: ParsedIngest,
  compiled: CompiledDefinitions,
  nowMs: number,
): JudgedSource[] {
  return request.sources.map(parsed => {
    const source = compiled.source(parsed.name)
    const { judged } = parsed
    return judged !== undefined && judged.compiled === source
      ? judged
      : judgeRecords(parsed, source, nowMs)
  })
}

/** Whether definitions are of the workspace that a request names, and let it store. */
function standingOf(
  compiled: CompiledDefinitions | undefined,
  { workspace, dryRun }: Pick<ParsedIngest, 'workspace' | 'dryRun'>,
): 'open' | 'unknown_workspace' | 'not_live' {
  if (compiled?.definitions.workspace !== workspace) return 'unknown_workspace'
  return dryRun || compiled.definitions.live ? 'open' : 'not_live'
}

/**
 * Appends, judging again by the registry's definitions whenever the partition knows newer ones: those may be of
 * another workspace, made again under the same id.
 */
async function appendFresh(
  ports: IngestPorts,
  workspaceId: string,
  request: ParsedIngest,
  parsed: ParsedSource,
  first: JudgedSource,
  sender: Sender,
  deadlineMs: number,
): Promise<IngestedSource | 'unknown_workspace' | 'not_live'> {
  let judged = first
  for (let tries = 0; tries < maxRejudgings; tries++) {
    const result = await appendSource(ports, judged, sender, parsed.floor, deadlineMs)
    if (result.outcome !== 'stale') return { judged, result }
    const newest = await ports.definitions.newest(workspaceId, result.version)
    const standing = standingOf(newest, request)
    if (standing !== 'open') return standing
    judged = judgeRecords(parsed, newest?.source(parsed.name), ports.clock.now())
  }
  const reason = 'its definition keeps changing'
  return { judged, result: { outcome: 'not_stored', reason, retryMs: 1_000 } }
}

/** Whether some of a source's records are stored for certain, readable or not. */
export function holdsRecords({ result }: IngestedSource): boolean {
  return (
    result.outcome === 'judged' &&
    result.verdicts.some(
      verdict =>
        verdict.status === 'accepted' ||
        verdict.status === 'duplicate' ||
        (verdict.status === 'retry' && verdict.code === 'not_readable_yet'),
    )
  )
}

import type { IngestRefusal } from '../../shared/ingest-protocol.ts'
import { sha256Hex } from '../../shared/keys.ts'
import { limits } from '../../shared/limits.ts'
import { utf8Length } from '../../shared/utf8-length.ts'
import type { Sender } from '../ingest/append-source.ts'
import { holdsRecords, type IngestedSource, type IngestPorts, ingest } from '../ingest/ingest.ts'
import {
  dryReceiptsOf,
  ingestMetrics,
  ingestReply,
  ingestReplyText,
  receiptRuns,
  receiptsOf,
  recordErrorsOf,
} from '../ingest/ingest-reply.ts'
import { type ParsedIngest, parseIngestRequest } from '../ingest/parse-ingest-request.ts'
import { isClientBody, scanRequest } from '../ingest/scan-request.ts'
import type { Holder } from './authenticate.ts'
import { Problem, unknownWorkspace } from './problem.ts'
import { readBody } from './read-body.ts'

/** Answers `POST /ingest`: any content type, Tecton's shape in either casing, our extension. */
export async function answerIngest(
  ports: IngestPorts,
  request: Request,
  holder: Holder,
): Promise<Response> {
  const text = await readBody(request, ports.clock)
  const parsed = await requestOf(ports, text, holder.workspaceId)
  const key = idempotencyKeyOf(request)
  const sender = await senderOf(ports, parsed, key, text, holder)
  const wantsReceipts = sender.kind !== 'unnamed' || parsed.allowPartial
  const done = await ingest(ports, holder.workspaceId, parsed, sender, !wantsReceipts)

  switch (done.outcome) {
    case 'unknown_workspace':
      throw unknownWorkspace(parsed.workspace)
    case 'not_live':
      throw new Problem(
        'conflict',
        `Workspace "${parsed.workspace}" is not live; it only takes dry runs.`,
      )
    case 'too_large':
      throw new Problem(
        'too_large',
        `The records of source "${done.source}" have ${done.bytes} bytes as canonical text; the limit is ${limits.maxRequestBytes}.`,
      )
    case 'reused_key':
      throw new Problem(
        'reused_key',
        'This Idempotency-Key was used for another body; use a new key.',
      )
    case 'refused':
      return refuseRecords(parsed, done.sources.flatMap(recordErrorsOf))
    case 'dry': {
      const metrics = ingestMetrics(done.sources.map(judged => ({ judged, accepted: 0 })))
      const receipts = wantsReceipts ? done.sources.flatMap(dryReceiptsOf) : undefined
      const partly = receipts?.some(({ status }) => status === 'rejected') ?? false
      return Response.json(ingestReply(parsed.workspace, metrics, receipts), {
        status: partly ? 207 : 200,
      })
    }
    case 'ingested':
      return answerIngested(parsed, done.sources, sender, receiptFormOf(request, wantsReceipts))
  }
}

/** Scans what our own client wrote; parses everything else. */
async function requestOf(
  { clock, definitions }: IngestPorts,
  text: string,
  workspaceId: string,
): Promise<ParsedIngest> {
  if (isClientBody(text)) {
    const recent = await definitions.recent(workspaceId)
    const scanned = recent && scanRequest(text, recent, clock.now())
    if (scanned !== undefined) return scanned
  }
  const parse = parseIngestRequest(text)
  if (parse.outcome === 'refused') throw new Problem(parse.code, parse.message)
  return parse.request
}

function answerIngested(
  parsed: ParsedIngest,
  sources: readonly IngestedSource[],
  sender: Sender,
  form: 'none' | 'each' | 'runs',
): Response {
  const receipts = sources.flatMap(receiptsOf)
  const metrics = ingestMetrics(
    sources.map(source => ({ judged: source.judged, accepted: acceptedOf(source, sender) })),
  )
  const again = receipts.some(({ status }) => status === 'retry')
  const headers = new Headers(again ? { 'retry-after': '1' } : {})
  if (form !== 'none') {
    const partly = again || receipts.some(({ status }) => status === 'rejected')
    headers.set('content-type', 'application/json')
    const reply = ingestReplyText(
      parsed.workspace,
      metrics,
      form === 'runs' ? receiptRuns(receipts) : receipts,
    )
    return new Response(reply, { status: partly ? 207 : 200, headers })
  }
  const refused = receipts.filter(({ status }) => status === 'rejected')
  if (again || refused.length > 0) {
    const stored = sources.filter(holdsRecords).map(({ judged }) => judged.name)
    const named =
      stored.length === 0 ? 'nothing is known to be stored' : `stored were: ${stored.join(', ')}`
    if (refused.length > 0) {
      // Judged again by a definition that came meanwhile: no longer all or nothing, and never in silence.
      const first = `"${refused[0]?.source}", record ${refused[0]?.index}: ${refused[0]?.reason}`
      throw new Problem(
        'conflict',
        `The definitions changed under this request and refuse ${refused.length} of its records (first: source ${first}); ${named}.`,
      )
    }
    throw new Problem(
      'unavailable',
      `Not everything could be stored and made readable now; ${named}. Without a producer or an Idempotency-Key a repetition stores those again.`,
      1,
    )
  }
  return Response.json(ingestReply(parsed.workspace, metrics, undefined), { headers })
}

/** How a sender that understands receipts wants them: a run says in one what is the same of many records. */
function receiptFormOf({ url }: Request, wantsReceipts: boolean): 'none' | 'each' | 'runs' {
  if (!wantsReceipts) return 'none'
  return new URL(url).searchParams.get('receipts') === 'runs' ? 'runs' : 'each'
}

/**
 * Records of a source that are stored now and were not before. An unnamed sender's duplicates are its own:
 * what an earlier try of this request stored.
 */
function acceptedOf({ result }: IngestedSource, { kind }: Sender): number {
  if (result.outcome !== 'judged') return 0
  return result.verdicts.filter(
    ({ status }) => status === 'accepted' || (status === 'duplicate' && kind === 'unnamed'),
  ).length
}

function refuseRecords(
  parsed: ParsedIngest,
  recordErrors: NonNullable<IngestRefusal['recordErrors']>,
): Response {
  const unknown = recordErrors.every(({ code }) => code === 'unknown_source')
  const refusal: IngestRefusal = { workspaceName: parsed.workspace, recordErrors }
  return Response.json(refusal, { status: unknown ? 404 : 400 })
}

/** Reads `Idempotency-Key`: a quoted structured-field string, or bare as many senders write it. */
function idempotencyKeyOf(request: Request): string | undefined {
  const header = request.headers.get('idempotency-key')
  if (header === null) return undefined
  const key = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header)?.[1] ?? header
  if (key !== '' && utf8Length(key) <= limits.maxIdempotencyKeyBytes) return key
  throw new Problem(
    'malformed_request',
    `An Idempotency-Key has 1 to ${limits.maxIdempotencyKeyBytes} bytes.`,
  )
}

/** Who sends: the named producer, one made from the key that sends once, or one made for this request. */
async function senderOf(
  { random }: IngestPorts,
  parsed: ParsedIngest,
  key: string | undefined,
  body: string,
  holder: Holder,
): Promise<Sender> {
  if (parsed.producer !== undefined) {
    if (key === undefined) return { producer: parsed.producer, kind: 'named' }
    throw new Problem(
      'malformed_request',
      'A request names a producer or has an Idempotency-Key, not both.',
    )
  }
  // Prefixes keep these kinds apart from every producer that the wire can name.
  if (key !== undefined) {
    const digest = await sha256Hex(`${holder.keyId}\n${key}`)
    return { producer: `k${digest.slice(0, 32)}`, kind: 'keyed', bodyDigest: await sha256Hex(body) }
  }
  const bytes = [...random.bytes(16)].map(byte => byte.toString(16).padStart(2, '0'))
  return { producer: `u${bytes.join('')}`, kind: 'unnamed' }
}

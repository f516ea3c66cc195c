import { producerPattern, protocolVersion } from '../../shared/ingest-protocol.ts'
import { limits } from '../../shared/limits.ts'
import { parseExactJson } from '../../shared/parse-exact-json.ts'
import { isRecord } from '../is-record.ts'
import type { JudgedSource } from './judged-source.ts'

export interface ParsedElement {
  readonly record: unknown
  /** The producer's number of the record; without a named producer, its place in the source's array. */
  readonly sequence: number
}

export interface ParsedSource {
  readonly name: string
  readonly count: number
  readonly elements: readonly ParsedElement[]
  readonly floor: number
  /** What judging gives by the definition in it; absent while nothing has judged. */
  readonly judged?: JudgedSource
}

export interface ParsedIngest {
  readonly workspace: string
  readonly dryRun: boolean
  readonly allowPartial: boolean
  readonly producer?: string
  /** In request order. */
  readonly sources: readonly ParsedSource[]
}

export type IngestParse =
  | { readonly outcome: 'parsed'; readonly request: ParsedIngest }
  | {
      readonly outcome: 'refused'
      readonly code: 'malformed_request' | 'too_large' | 'newer_protocol'
      readonly message: string
    }

class Malformed extends Error {}

/** Reads an ingest request in Tecton's shape, in either casing, with our extension. Pure. */
export function parseIngestRequest(text: string): IngestParse {
  try {
    const body = bodyOf(text)
    const protocol = body.protocol
    if (protocol !== undefined && protocol !== protocolVersion) {
      if (typeof protocol !== 'number') throw new Malformed('"protocol" is a number.')
      return {
        outcome: 'refused',
        code: 'newer_protocol',
        message: `The request speaks protocol ${protocol}; this gateway speaks ${protocolVersion}. Deploy a newer gateway or use an older client.`,
      }
    }
    const request = requestOf(body)
    const count = request.sources.reduce((sum, source) => sum + source.count, 0)
    if (count <= limits.maxRecordsPerRequest) return { outcome: 'parsed', request }
    return {
      outcome: 'refused',
      code: 'too_large',
      message: `The request holds ${count} records; the limit is ${limits.maxRecordsPerRequest}. Send them in several requests.`,
    }
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause
    return { outcome: 'refused', code: 'malformed_request', message: cause.message }
  }
}

type Body = { readonly [name: string]: unknown }

function bodyOf(text: string): Body {
  let body: unknown
  try {
    body = parseExactJson(text)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new Malformed(`The body is not valid JSON: ${cause.message}.`, { cause })
  }
  if (isRecord(body)) return body
  throw new Malformed('The body is a JSON object such as {"workspace_name": …, "records": {…}}.')
}

function requestOf(body: Body): ParsedIngest {
  const workspace = either(body, 'workspace_name', 'workspaceName')
  if (typeof workspace !== 'string' || workspace === '') {
    throw new Malformed('"workspace_name" is missing or no text.')
  }
  const { records, producer, floors = {} } = body
  if (!isRecord(records))
    throw new Malformed('"records" is missing or no object of arrays by source.')
  if (producer !== undefined && (typeof producer !== 'string' || !producerPattern.test(producer))) {
    throw new Malformed('"producer" is 32 lower-case hexadecimal digits.')
  }
  if (!isRecord(floors)) throw new Malformed('"floors" is an object of sequences by source.')
  const names = Object.keys(records)
  if (names.length > limits.maxSourcesPerRequest) {
    throw new Malformed(
      `The request names ${names.length} sources; the limit is ${limits.maxSourcesPerRequest}.`,
    )
  }
  return {
    workspace,
    dryRun: flag(body, 'dry_run', 'dryRun'),
    allowPartial: flag(body, 'allow_partial', 'allowPartial'),
    ...(producer === undefined ? {} : { producer }),
    sources: names.map(name =>
      sourceOf(name, records[name], producer !== undefined, ownValue(floors, name)),
    ),
  }
}

function sourceOf(
  name: string,
  elements: unknown,
  numbered: boolean,
  floor: unknown,
): ParsedSource {
  if (!Array.isArray(elements))
    throw new Malformed(`"records" of source ${quote(name)} is no array.`)
  const parsed = elements.map((element: unknown, at): ParsedElement => {
    if (!isRecord(element) || !Object.hasOwn(element, 'record')) {
      throw new Malformed(`Element ${at} of source ${quote(name)} is no object with a "record".`)
    }
    if (!numbered) return { record: element.record, sequence: at }
    if (isSequence(element.sequence)) return { record: element.record, sequence: element.sequence }
    throw new Malformed(
      `Element ${at} of source ${quote(name)} needs a "sequence" from 0 on, since a producer is named.`,
    )
  })
  return {
    name,
    count: parsed.length,
    elements: parsed,
    floor: numbered ? floorOf(name, parsed, floor) : 0,
  }
}

function floorOf(name: string, elements: readonly ParsedElement[], floor: unknown): number {
  if (floor === undefined) return 0
  if (!isSequence(floor)) throw new Malformed(`The floor of source ${quote(name)} is no sequence.`)
  const lowest = elements.reduce((low, { sequence }) => Math.min(low, sequence), Infinity)
  if (floor <= lowest) return floor
  throw new Malformed(
    `The floor ${floor} of source ${quote(name)} is above its lowest sequence ${lowest}.`,
  )
}

function either(body: Body, snake: string, camel: string): unknown {
  return body[snake] ?? body[camel]
}

function flag(body: Body, snake: string, camel: string): boolean {
  const value = either(body, snake, camel)
  if (value === undefined || value === null) return false
  if (typeof value === 'boolean') return value
  throw new Malformed(`"${snake}" is true or false.`)
}

function ownValue(object: Body, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** The largest safe integer is left out: the range that ends after it would have no exact end. */
function isSequence(value: unknown): value is number {
  return (
    Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < Number.MAX_SAFE_INTEGER
  )
}

function quote(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name)
}

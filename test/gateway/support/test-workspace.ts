import { env, exports } from 'cloudflare:workers'
import * as v from 'valibot'
import type { AppendMessage, AppendReply, Verdict } from '../../../gateway/contracts/append.ts'
import { objectNames } from '../../../gateway/platform/object-names.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import type { IngestReceipt } from '../../../shared/ingest-protocol.ts'
import { limits } from '../../../shared/limits.ts'
import { testKey, testWorkspaceIds } from '../../support/test-keys.ts'
import { canonicalOf } from './test-definitions.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON, or nothing where it is none. */
  readonly json: unknown
}

export interface PushOptions {
  readonly key?: string
  readonly headers?: Record<string, string>
  readonly path?: string
}

const idsSchema = v.object({
  changes: v.array(v.object({ kind: v.string(), name: v.string(), id: v.optional(v.string()) })),
})
const receiptsSchema = v.object({
  receipts: v.array(v.custom<IngestReceipt>(value => typeof value === 'object')),
})

export type TestWorkspace = ReturnType<typeof testWorkspace>

/** One of the test workspaces with its keys; the worker behind it is the real one. */
export function testWorkspace(at: number, name = 'test') {
  const workspaceId = testWorkspaceIds[at] ?? ''
  const adminKey = testKey('admin', workspaceId)
  const ingestKey = testKey('ingest', workspaceId)
  const ids = new Map<string, string>()

  const send = async (path: string, init: RequestInit = {}, key = adminKey): Promise<Answer> => {
    const headers = new Headers(init.headers)
    if (!headers.has('authorization')) headers.set('authorization', `Tecton-key ${key}`)
    const reply = await exports.default.fetch(`https://gateway.example${path}`, {
      ...init,
      headers,
    })
    const text = await reply.text()
    return { status: reply.status, headers: reply.headers, text, json: parse(text) }
  }
  const push = (body: unknown, options: PushOptions = {}) =>
    send(
      options.path ?? '/ingest',
      {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(options.headers === undefined ? {} : { headers: options.headers }),
      },
      options.key ?? ingestKey,
    )
  const sourcePath = (source: string) => `/api/v1/workspaces/${name}/sources/${source}`
  const idOf = (kind: string, object: string) => ids.get(`${kind} ${object}`) ?? ''

  return {
    name,
    workspaceId,
    adminKey,
    ingestKey,
    send,
    push,
    sourcePath,
    idOf,
    /** Pushes records in the plain form. */
    pushRecords: (source: string, records: readonly unknown[]) =>
      push({ workspace_name: name, records: { [source]: records.map(record => ({ record })) } }),
    /** Pushes numbered records of a producer and gives the receipts. */
    async pushNumbered(
      source: string,
      producer: string,
      elements: readonly (readonly [sequence: number, record: unknown])[],
      floor?: number,
    ): Promise<readonly IngestReceipt[]> {
      const reply = await push({
        protocol: 1,
        workspace_name: name,
        producer,
        ...(floor === undefined ? {} : { floors: { [source]: floor } }),
        records: { [source]: elements.map(([sequence, record]) => ({ record, sequence })) },
      })
      return v.parse(receiptsSchema, reply.json).receipts
    },
    async apply(objects: readonly unknown[], expectedHash: string | null = null, live = true) {
      const definitions: unknown = JSON.parse(canonicalOf(name, objects, live))
      const reply = await send(`/api/v1/workspaces/${name}/apply`, {
        method: 'POST',
        body: JSON.stringify({ protocol: 1, expected_hash: expectedHash, definitions }),
      })
      if (reply.status === 200) {
        for (const { kind, name, id } of v.parse(idsSchema, reply.json).changes) {
          if (id !== undefined) ids.set(`${kind} ${name}`, id)
        }
      }
      return reply
    },
    /** Rows of a source's data frame, parsed. */
    async rows(source: string, query = ''): Promise<readonly unknown[]> {
      const { status, text } = await send(`${sourcePath(source)}/dataframe${query}`)
      if (status !== 200) throw new Error(`The data frame answered ${status}: ${text}`)
      return text
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line))
    },
    features: (service: string, joinKeyMap: unknown, metadataOptions?: unknown) =>
      send('/api/v1/feature-service/get-features', {
        method: 'POST',
        body: JSON.stringify({
          params: {
            workspaceName: name,
            featureServiceName: service,
            joinKeyMap,
            metadataOptions,
            // A machine that runs many tests may be slow; how long is not what they are about.
            requestOptions: { latencyBudgetMs: limits.maxLatencyBudgetMs },
          },
        }),
      }),
    /** What was applied, resolved to ids. */
    definitions: () => platformPeers(env).registry(workspaceId).definitions({ format: 1 }),
    registry: () => env.REGISTRY.getByName(objectNames.registry(workspaceId)),
    partition: (source: string, partition = 0) =>
      env.LOG_PARTITION.getByName(
        objectNames.partition(workspaceId, idOf('stream_source', source), partition),
      ),
    catalogue: (source: string) =>
      env.CATALOGUE.getByName(objectNames.catalogue(workspaceId, idOf('stream_source', source))),
  }
}

/** A producer's name on the wire, made of a number. */
export function producerOf(number: number): string {
  return number.toString(16).padStart(32, '0')
}

/** An append of consecutive records `{n}` from a sequence on. */
export function appendOf(
  first: number,
  count: number,
  more: Partial<AppendMessage> = {},
): AppendMessage {
  const numbers = Array.from({ length: count }, (_, at) => first + at)
  return {
    format: 1,
    version: 1,
    producer: producerOf(1),
    kind: 'named',
    floor: 0,
    text: numbers.map(n => JSON.stringify({ n })).join('\n'),
    sequences: count === 0 ? [] : [[first, first + count]],
    slots: {},
    rejected: [],
    waitMs: 5_000,
    ...more,
  }
}

/** One verdict for each record, also where a reply says one for several records in a row. */
export function verdictsOf(reply: AppendReply): readonly Verdict[] {
  if (reply.outcome !== 'judged') throw new Error(`The partition answered ${reply.outcome}.`)
  return reply.verdicts.flatMap(run => {
    const { count, ...verdict } = run
    return Array.from({ length: count }, (_, at) =>
      verdict.status === 'accepted' ? { ...verdict, offset: verdict.offset + at } : verdict,
    )
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

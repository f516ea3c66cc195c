import * as v from 'valibot'
import { type Client, type ClientOptions, createClient } from '../../../client/index.ts'
import { limits } from '../../../shared/limits.ts'
import { canonicalJson, workspaceDefinitions } from '../../../shared/workspace-definitions.ts'

/** The part of `fetch` that the line needs, so that workerd's own entry point fits as well. */
export type LineFetch = (
  url: string,
  request: {
    method: string
    headers: Record<string, string>
    body?: string | Uint8Array<ArrayBuffer>
    redirect?: 'manual'
    signal?: AbortSignal
  },
) => Promise<Response>

export interface LineOptions {
  readonly url: string
  readonly adminKey: string
  readonly ingestKey: string
  readonly workspace: string
  readonly fetch: LineFetch
  /** Waited for before each request: where an unkind test lets things happen. */
  readonly between?: () => Promise<void>
}

const part = v.object({
  name: v.string(),
  partition: v.number(),
  start: v.number(),
  end: v.number(),
  rows: v.number(),
  bytes: v.number(),
  sha256: v.string(),
})
const partList = v.object({ parts: v.array(part) })
const rolledList = v.object({
  rolled: v.array(
    v.object({ partition: v.number(), status: v.string(), parts: v.array(v.string()) }),
  ),
})
const featureReply = v.object({
  result: v.strictObject({ features: v.array(v.unknown()) }),
  metadata: v.object({
    features: v.array(
      v.object({
        name: v.string(),
        status: v.string(),
        effectiveTime: v.optional(v.string()),
      }),
    ),
  }),
})
const applied = v.object({ hash: v.string() })
const counts = v.object({ rows: v.number(), tailRows: v.number(), parts: v.number() })

const exactTexts = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export type ListedPart = v.InferOutput<typeof part>
export interface Features {
  /** By full name. */
  readonly values: { readonly [feature: string]: unknown }
  readonly statuses: readonly string[]
  readonly effectiveTimes: readonly (string | undefined)[]
}
export type Line = ReturnType<typeof openLine>

/** A workspace of a gateway as its three users reach it: over HTTP alone. */
export function openLine({ url, adminKey, ingestKey, workspace, ...options }: LineOptions) {
  const { between = async () => {} } = options
  const base = `${url.replace(/\/+$/, '')}/api/v1`

  let hash: string | null = null

  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    await between()
    const response = await options.fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (response.status === 200) return response
    throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
  }
  const sourcePath = (source: string) => `/workspaces/${workspace}/sources/${source}`

  return {
    workspace,
    adminKey,
    ingestKey,
    /** Applies definitions after those that this line applied before. */
    apply: async (objects: readonly unknown[]): Promise<void> => {
      const definitions = workspaceDefinitions({ name: workspace, live: true }, objects)
      const reply = await call('POST', `/workspaces/${workspace}/apply`, {
        protocol: 1,
        expected_hash: hash,
        definitions: JSON.parse(canonicalJson(definitions)),
      })
      hash = v.parse(applied, await reply.json()).hash
    },
    /** The real client; each is a producer of its own. Jitter of nothing: tests wait for no clock. */
    client: (extra: Partial<ClientOptions> = {}): Client =>
      createClient({
        url,
        key: ingestKey,
        workspace,
        random: () => 0,
        fetch: async (target, request) => {
          await between()
          return options.fetch(target, request)
        },
        ...extra,
        // A busy machine is no reason to give records up.
        limits: { closeTimeoutMs: 60_000, ...extra.limits },
      }),
    /** The data frame's lines, without their line feeds. */
    dataFrame: async (source: string, query = ''): Promise<string[]> => {
      const reply = await call('GET', `${sourcePath(source)}/dataframe${query}`)
      // Not text(), which drops a byte order mark.
      const text = exactTexts.decode(await reply.arrayBuffer())
      if (text === '') return []
      if (!text.endsWith('\n')) throw new Error('The data frame ends in the midst of a row.')
      return text.slice(0, -1).split('\n')
    },
    roll: async (source: string) =>
      v.parse(rolledList, await (await call('POST', `${sourcePath(source)}/roll`)).json()).rolled,
    parts: async (source: string): Promise<ListedPart[]> =>
      v.parse(partList, await (await call('GET', `${sourcePath(source)}/parts`)).json()).parts,
    part: async (source: string, name: string): Promise<Uint8Array> =>
      new Uint8Array(
        await (await call('GET', `${sourcePath(source)}/parts/${name}`)).arrayBuffer(),
      ),
    counts: async (source: string) =>
      v.parse(counts, await (await call('GET', `${sourcePath(source)}/summary`)).json()),
    features: async (
      service: string,
      joinKeyMap: { readonly [joinKey: string]: unknown },
    ): Promise<Features> => {
      const reply = await call('POST', '/feature-service/get-features', {
        params: {
          workspaceName: workspace,
          featureServiceName: service,
          joinKeyMap,
          metadataOptions: {
            includeNames: true,
            includeServingStatus: true,
            includeEffectiveTimes: true,
          },
          // A machine that runs many tests may be slow; how long is not what they are about.
          requestOptions: { latencyBudgetMs: limits.maxLatencyBudgetMs },
        },
      })
      const { result, metadata } = v.parse(featureReply, await reply.json())
      const named = metadata.features.map(({ name }, at) => [name, result.features[at]])
      return {
        values: Object.fromEntries(named),
        statuses: metadata.features.map(({ status }) => status),
        effectiveTimes: metadata.features.map(({ effectiveTime }) => effectiveTime),
      }
    },
  }
}

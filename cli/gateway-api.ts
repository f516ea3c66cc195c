import ky, { type Options } from 'ky'
import * as v from 'valibot'
import { httpSentence } from './http-sentence.ts'

export interface GatewayAddress {
  readonly url: string
  readonly workspace: string
  readonly key: string
}

const definitionsSchema = v.object({
  workspace: v.string(),
  version: v.number(),
  hash: v.string(),
  definitions: v.unknown(),
})
const appliedSchema = v.object({
  workspace: v.string(),
  version: v.number(),
  hash: v.string(),
  changes: v.array(
    v.object({
      action: v.string(),
      kind: v.string(),
      name: v.string(),
      id: v.optional(v.string()),
    }),
  ),
})
const shardsSchema = v.object({
  entity_sets: v.array(
    v.object({
      join_keys: v.array(v.string()),
      shards: v.number(),
      views: v.array(v.string()),
    }),
  ),
})
const scaledSchema = v.object({
  workspace: v.string(),
  version: v.number(),
  join_keys: v.array(v.string()),
  shards: v.number(),
})
const resumedSchema = v.object({
  rolls: v.array(v.object({ partition: v.number(), stopped: v.string() })),
  compactions: v.optional(v.string()),
})
const columnsSchema = v.object({ columns: v.array(v.string()) })
const partsSchema = v.object({
  parts: v.array(
    v.object({ name: v.string(), partition: v.number(), rows: v.number(), bytes: v.number() }),
  ),
})
const featuresSchema = v.object({
  result: v.object({ features: v.array(v.unknown()) }),
  metadata: v.optional(
    v.object({
      features: v.array(
        v.object({
          name: v.string(),
          effectiveTime: v.nullish(v.string()),
          dataType: v.optional(v.object({ type: v.string() })),
          status: v.optional(v.string()),
        }),
      ),
    }),
  ),
})

const auditSchema = v.looseObject({
  agree: v.boolean(),
  deep: v.boolean(),
  partitions: v.array(
    v.looseObject({
      source: v.string(),
      partition: v.number(),
      accepted: v.number(),
      stored: v.number(),
      inTail: v.number(),
      inParts: v.number(),
      expired: v.number(),
      parts: v.number(),
      mark: v.number(),
      applied: v.array(
        v.looseObject({ entitySet: v.string(), mark: v.number(), durable: v.number() }),
      ),
      wrong: v.array(v.string()),
    }),
  ),
})

export type Audit = v.InferOutput<typeof auditSchema>
export type Applied = v.InferOutput<typeof appliedSchema>
export type Part = v.InferOutput<typeof partsSchema>['parts'][number]
export type Features = v.InferOutput<typeof featuresSchema>
export type GatewayApi = ReturnType<typeof createGatewayApi>

/** The gateway's routes as functions; each failure is thrown as one sentence. */
export function createGatewayApi({ url, workspace, key }: GatewayAddress) {
  const http = ky.create({
    headers: { authorization: `Bearer ${key}` },
    // Only reads are tried again: ky does not know which posts may be repeated.
    retry: { limit: 2, methods: ['get'] },
    timeout: 30_000,
  })
  const base = `${url.replace(/\/+$/, '')}/api/v1`
  const workspaceUrl = `${base}/workspaces/${encodeURIComponent(workspace)}`
  const sourceUrl = (source: string) => `${workspaceUrl}/sources/${encodeURIComponent(source)}`

  async function call(address: string, options: Options = {}): Promise<Response> {
    try {
      return await http(address, options)
    } catch (error) {
      throw httpSentence(address, error)
    }
  }

  async function read<Schema extends v.GenericSchema>(
    schema: Schema,
    address: string,
    options?: Options,
  ): Promise<v.InferOutput<Schema>> {
    const response = await call(address, options)
    try {
      return v.parse(schema, await response.json())
    } catch (error) {
      throw httpSentence(address, error)
    }
  }

  return {
    /** Gives nothing while the workspace does not exist. */
    async getDefinitions() {
      const address = `${workspaceUrl}/definitions`
      const response = await call(address, { throwHttpErrors: status => status !== 404 })
      if (response.status === 404) return undefined
      return v.parse(definitionsSchema, await response.json())
    },
    apply: (definitions: unknown, expectedHash: string | null) =>
      read(appliedSchema, `${workspaceUrl}/apply`, {
        method: 'post',
        json: { protocol: 1, expected_hash: expectedHash, definitions },
      }),
    getColumns: async (source: string) =>
      (await read(columnsSchema, `${sourceUrl(source)}/columns`)).columns,
    getSummary: (source: string) => read(v.unknown(), `${sourceUrl(source)}/summary`),
    /** The bordered table. */
    getSummaryText: async (source: string) => {
      const headers = { accept: 'text/plain' }
      return (await call(`${sourceUrl(source)}/summary`, { headers })).text()
    },
    /** NDJSON as it arrives; a frame may take as long as its reader. */
    getDataframe: (source: string, range: Readonly<Record<string, string>> = {}) =>
      call(`${sourceUrl(source)}/dataframe`, { searchParams: range, timeout: false }),
    getParts: async (source: string): Promise<readonly Part[]> =>
      (await read(partsSchema, `${sourceUrl(source)}/parts`)).parts,
    /** Reads every tail, and with `deep` every part, so it may take long. */
    audit: (deep: boolean) =>
      read(auditSchema, `${workspaceUrl}/audit`, {
        timeout: false,
        ...(deep ? { searchParams: { deep: 'true' } } : {}),
      }),
    resume: (source: string) =>
      read(resumedSchema, `${sourceUrl(source)}/resume`, { method: 'post' }),
    getShards: () => read(shardsSchema, `${workspaceUrl}/shards`),
    scale: (joinKeys: readonly string[], shards: number) =>
      read(scaledSchema, `${workspaceUrl}/shards`, {
        method: 'post',
        json: { protocol: 1, join_keys: joinKeys, shards },
      }),
    getFeatures: (service: string, joinKeyMap: Readonly<Record<string, string>>) =>
      read(featuresSchema, `${base}/feature-service/get-features`, {
        method: 'post',
        json: {
          params: {
            workspaceName: workspace,
            featureServiceName: service,
            joinKeyMap,
            metadataOptions: {
              includeNames: true,
              includeDataTypes: true,
              includeServingStatus: true,
              includeEffectiveTimes: true,
            },
          },
        },
      }),
  }
}

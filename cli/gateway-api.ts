import type { Options } from 'ky'
import * as v from 'valibot'
import type { FeatureReading } from '../client/workspace/feature-reading.ts'
import type { FeatureOptions } from '../client/workspace/features.ts'
import { GatewayError } from '../client/workspace/gateway-error.ts'
import { createGatewayHttp } from '../client/workspace/gateway-http.ts'
import { appliedSchema } from '../client/workspace/plan-schemas.ts'
import { sourceSummary, summarySchema } from '../client/workspace/source-summary.ts'
import { getWorkspace } from '../client/workspace/workspace.ts'
import { orSentence } from './http-sentence.ts'

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
export type Part = v.InferOutput<typeof partsSchema>['parts'][number]
export type GatewayApi = ReturnType<typeof createGatewayApi>

export interface GatewayApiOptions extends GatewayAddress {
  /** Ends every call. */
  readonly signal?: AbortSignal
}

/** The gateway's routes as functions; each failure is thrown as one sentence. Only reads are tried again. */
export function createGatewayApi({ workspace, ...options }: GatewayApiOptions) {
  const http = createGatewayHttp(options)
  const workspacePath = `/workspaces/${encodeURIComponent(workspace)}`
  const sourcePath = (source: string) => `${workspacePath}/sources/${encodeURIComponent(source)}`
  const read = <Schema extends v.GenericSchema>(
    schema: Schema,
    path: string,
    options?: Options,
  ): Promise<v.InferOutput<Schema>> => orSentence(http.json(schema, path, options))

  return {
    /** Gives nothing while the workspace does not exist. */
    getDefinitions: () =>
      orSentence(
        http.json(definitionsSchema, `${workspacePath}/definitions`).catch(cause => {
          if (cause instanceof GatewayError && cause.status === 404) return undefined
          throw cause
        }),
      ),
    apply: (definitions: unknown, expectedHash: string | null) =>
      read(appliedSchema, `${workspacePath}/apply`, {
        method: 'post',
        json: { protocol: 1, expected_hash: expectedHash, definitions },
      }),
    /** A source as it was applied, to be read. */
    getDataSource: (source: string) =>
      orSentence(getWorkspace(workspace, options).getDataSource(source)),
    getColumns: async (source: string) =>
      (await read(columnsSchema, `${sourcePath(source)}/columns`)).columns,
    /** Prints as a bordered table. */
    getSummary: async (source: string) =>
      sourceSummary(await read(summarySchema, `${sourcePath(source)}/summary`)),
    getParts: async (source: string): Promise<readonly Part[]> =>
      (await read(partsSchema, `${sourcePath(source)}/parts`)).parts,
    /** Reads every tail, and with `deep` every part, so it may take long. */
    audit: (deep: boolean) =>
      read(auditSchema, `${workspacePath}/audit`, {
        timeout: false,
        ...(deep ? { searchParams: { deep: 'true' } } : {}),
      }),
    resume: (source: string) =>
      read(resumedSchema, `${sourcePath(source)}/resume`, { method: 'post' }),
    getShards: () => read(shardsSchema, `${workspacePath}/shards`),
    scale: (joinKeys: readonly string[], shards: number) =>
      read(scaledSchema, `${workspacePath}/shards`, {
        method: 'post',
        json: { protocol: 1, join_keys: joinKeys, shards },
      }),
    /** One entity's features as of now; join keys may be text, whatever they are. */
    getFeatures: (
      service: string,
      joinKeys: Readonly<Record<string, string>>,
      asked: FeatureOptions = {},
    ): Promise<FeatureReading<Record<string, unknown>>> =>
      orSentence(getWorkspace(workspace, options).getFeatures(service, joinKeys, asked)),
  }
}

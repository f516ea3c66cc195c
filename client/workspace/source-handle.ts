import * as v from 'valibot'
import { decodeSource } from '../../shared/definitions/decode-definitions.ts'
import type { Duration } from '../../shared/definitions/duration.ts'
import type { AnySource, RecordFields } from '../../shared/definitions/stream-source.ts'
import { ValidationError } from '../../shared/fields/validation-error.ts'
import type { Check } from '../../shared/validation.ts'
import { createDataFrame, type DataFrame } from './data-frame.ts'
import { framePorts } from './frame-ports.ts'
import {
  type ColumnOf,
  type DataframeOptions,
  type FrameRow,
  frameQuery,
  type SentColumnOf,
  type SentRow,
} from './frame-query.ts'
import type { GatewayHttp } from './gateway-http.ts'
import { unreadable } from './http-sentence.ts'
import { type SourceSummary, sourceSummary, summarySchema } from './source-summary.ts'
import { requirePassed } from './source-validation-error.ts'
import {
  checkAgainstApplied,
  checkBatchFile,
  checkDefinition,
  type ValidateOptions,
} from './validate-source.ts'

export interface CallOptions {
  readonly signal?: AbortSignal
}

/** A source by its definition here. What it reads is the source of that name in the workspace. */
export interface SourceHandle<Source extends AnySource = AnySource> {
  /** Absent, as the two times, where nothing of the source is known but its definition. */
  readonly id: string | undefined
  /** When it was applied first, and changed last. */
  readonly createdAt: string | undefined
  readonly lastModifiedAt: string | undefined
  readonly info: SourceInfo
  readonly name: string
  readonly workspace: string
  readonly description: string | undefined
  readonly owner: string | undefined
  readonly tags: { readonly [tag: string]: string }
  readonly options: { readonly [option: string]: string }
  /** How long after a period's end the rows of its batch config are complete. */
  readonly dataDelay: Duration | undefined
  /** @deprecated Every source that records are pushed to is one. */
  readonly isStreaming: true
  readonly definition: Source
  /** The schema's names in order. */
  getColumns(): Source['schema'][number]['name'][]
  /** The source's offline log. Throws a ValidationError for options that mean nothing; asks nobody yet. */
  getDataframe: GetDataframe<Source>
  /** What the source is and holds, which prints as a table. Cost: a call of each of its partitions and of its views' shards. */
  summary(options?: CallOptions): Promise<SourceSummary>
  /**
   * Looks at all that the source consists of and gives what it found; throws a SourceValidationError with all of it
   * where something failed. Of a definition here: its rules, its batch config's file and what was applied. Of an
   * applied source: that its catalogue, partitions, shards and newest part answer and agree, and the file as well.
   */
  validate(options?: ValidateOptions): Promise<readonly Check[]>
}

interface GetDataframe<Source extends AnySource> {
  /** Without the translator: the records as they were sent. */
  <const Column extends SentColumnOf<Source> = RecordFields<Source>[number]['name']>(
    options: DataframeOptions<Column> & { readonly applyTranslator: false },
  ): DataFrame<SentRow<Source, Column>>
  <const Column extends ColumnOf<Source> = Source['schema'][number]['name']>(
    options?: DataframeOptions<Column>,
  ): DataFrame<FrameRow<Source, Column>>
}

/** A source as it was applied. */
export interface AppliedSource extends SourceHandle {
  readonly id: string
  readonly createdAt: string
  readonly lastModifiedAt: string
  readonly info: AppliedSourceInfo
}

/** All that a source says of itself, as data. */
export interface SourceInfo {
  readonly name: string
  readonly workspace: string
  readonly description: string | undefined
  readonly owner: string | undefined
  readonly tags: { readonly [tag: string]: string }
  readonly options: { readonly [option: string]: string }
}

export interface AppliedSourceInfo extends SourceInfo {
  readonly id: string
  readonly createdAt: string
  readonly lastModifiedAt: string
  /** The workspace's version at which the source, its views or their shards changed last. */
  readonly version: number
}

const validationSchema = v.object({
  checks: v.array(
    v.object({
      what: v.string(),
      outcome: v.picklist(['ok', 'failed', 'not_checked']),
      sentence: v.string(),
    }),
  ),
})
const appliedSchema = v.object({
  protocol: v.number(),
  id: v.string(),
  version: v.number(),
  createdAt: v.string(),
  lastModifiedAt: v.string(),
  definition: v.unknown(),
})

/** Makes the handle of a source by its definition. */
export function sourceHandle<Source extends AnySource>(
  http: GatewayHttp,
  workspace: string,
  definition: Source,
): SourceHandle<Source> {
  const { batchConfig, schema } = definition
  const info = infoOf(workspace, definition)
  const path = sourcePath(workspace, definition.name)
  return Object.freeze({
    ...info,
    id: undefined,
    createdAt: undefined,
    lastModifiedAt: undefined,
    info,
    dataDelay: batchConfig?.dataDelay,
    isStreaming: true,
    definition,
    getColumns: () => schema.map(field => field.name),
    // What a row is, its options say: the two signatures know, and decoding makes it so.
    getDataframe: <Row>(options: DataframeOptions = {}) => {
      const query = frameQuery(definition, options)
      return createDataFrame<Row>(framePorts(http, path, options.signal), query)
    },
    summary: async (options = {}) =>
      sourceSummary(await http.json(summarySchema, `${path}/summary`, options)),
    async validate(options = {}) {
      const checks = [
        ...(await checkDefinition(http, definition, options)),
        ...(await checkAgainstApplied(http, workspace, definition, options)),
      ]
      return requirePassed(definition.name, checks)
    },
  })
}

/** Asks for a source that was applied and makes its handle. Cost: one call. */
export async function appliedSource(
  http: GatewayHttp,
  workspace: string,
  name: string,
  options: CallOptions,
): Promise<AppliedSource> {
  const applied = await readApplied(http, sourcePath(workspace, name), options)
  const { id, createdAt, lastModifiedAt, version, definition } = applied
  const info = { ...infoOf(workspace, definition), id, createdAt, lastModifiedAt, version }
  return Object.freeze({
    ...sourceHandle(http, workspace, definition),
    id,
    createdAt,
    lastModifiedAt,
    info: Object.freeze(info),
    async validate(options: ValidateOptions = {}) {
      const path = `${sourcePath(workspace, name)}/validate`
      const { signal } = options
      // Every tail and the newest part are read.
      const how = { timeout: false, ...(signal === undefined ? {} : { signal }) } as const
      const { checks } = await http.json(validationSchema, path, how)
      return requirePassed(name, [...checks, ...(await checkBatchFile(http, definition, options))])
    },
  })
}

function infoOf(workspace: string, definition: AnySource): SourceInfo {
  const { name, description, owner, tags, options = {} } = definition
  return Object.freeze({ name, workspace, description, owner, tags, options })
}

function sourcePath(workspace: string, source: string): string {
  return `/workspaces/${encodeURIComponent(workspace)}/sources/${encodeURIComponent(source)}`
}

async function readApplied(http: GatewayHttp, path: string, options: CallOptions) {
  const applied = await http.json(appliedSchema, path, options)
  try {
    return { ...applied, definition: decodeSource(applied.definition) }
  } catch (cause) {
    if (!(cause instanceof ValidationError)) throw cause
    throw unreadable(`${http.base}${path}`, cause.message, cause)
  }
}

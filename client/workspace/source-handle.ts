import * as v from 'valibot'
import { decodeSource } from '../../shared/definitions/decode-definitions.ts'
import type { Duration } from '../../shared/definitions/duration.ts'
import { sortedJson } from '../../shared/definitions/sorted-json.ts'
import {
  type AnySource,
  type RecordFields,
  recordFieldsOf,
} from '../../shared/definitions/stream-source.ts'
import { encodePostProcessor } from '../../shared/expressions/post-processor.ts'
import { encodeFields } from '../../shared/fields/encode-fields.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { ValidationError } from '../../shared/fields/validation-error.ts'
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
import { GatewayError } from './gateway-error.ts'
import type { GatewayHttp } from './gateway-http.ts'
import { unreadable } from './http-sentence.ts'
import { type SourceSummary, sourceSummary, summarySchema } from './source-summary.ts'

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
  /** Throws a ValidationError where the schema is another than the one that was applied under this name. */
  validate(options?: CallOptions): Promise<void>
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
  /** The workspace's version at which the source changed last. */
  readonly version: number
}

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
    getDataframe: <Row>(options: DataframeOptions = {}) =>
      createDataFrame<Row>(framePorts(http, path, options.signal), frameQuery(definition, options)),
    summary: async (options = {}) =>
      sourceSummary(await http.json(summarySchema, `${path}/summary`, options)),
    async validate(options = {}) {
      const applied = await readApplied(http, path, options).catch(cause => {
        // What is not there yet will be made as it is declared.
        if (cause instanceof GatewayError && cause.code === 'unknown_source') return undefined
        throw cause
      })
      if (applied !== undefined) requireSameSchema(definition, applied.definition)
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
    validate: async () => {},
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

function requireSameSchema(source: AnySource, applied: AnySource): void {
  requireSameFields(source.name, 'Field', source.schema, applied.schema)
  requireSameFields(source.name, 'Input field', recordFieldsOf(source), recordFieldsOf(applied))
  const [here, there] = [source, applied].map(({ streamConfig: { postProcessor } }) =>
    postProcessor === undefined ? 'none' : sortedJson(encodePostProcessor(postProcessor)),
  )
  if (here === there) return
  throw new ValidationError(
    `Source "${source.name}": The post-processor is ${here} here and ${there} as it was applied.`,
  )
}

function requireSameFields(
  name: string,
  what: string,
  fields: readonly AnyField[],
  applied: readonly AnyField[],
): void {
  const [here, there] = [encodeFields(fields), encodeFields(applied)]
  for (let at = 0; at < Math.max(here.length, there.length); at++) {
    const [mine, theirs] = [here[at], there[at]].map(field => field && sortedJson(field))
    if (mine === theirs) continue
    throw new ValidationError(
      `Source "${name}": ${what} ${at + 1} is ${mine ?? 'none'} here and ${theirs ?? 'none'} as it was applied.`,
    )
  }
}

import * as v from 'valibot'
import { decodeSource } from '../../shared/definitions/decode-definitions.ts'
import { encodeSource } from '../../shared/definitions/encode-definitions.ts'
import { sortedJson } from '../../shared/definitions/sorted-json.ts'
import {
  type AnySource,
  eventTimeFieldOf,
  warningsOf,
} from '../../shared/definitions/stream-source.ts'
import { ValidationError } from '../../shared/fields/validation-error.ts'
import { sourceChange } from '../../shared/plan/source-change.ts'
import type { Check } from '../../shared/validation.ts'
import { decodeDefinitions } from '../../shared/workspace-definitions.ts'
import { checkBatchConfig } from './check-batch-config.ts'
import { GatewayError } from './gateway-error.ts'
import type { GatewayHttp } from './gateway-http.ts'

export interface ValidateOptions {
  readonly signal?: AbortSignal
  /** Where `s3://` files are asked for, unless it is Amazon's. */
  readonly s3Endpoint?: string
}

const definitionsSchema = v.object({ definitions: v.unknown() })
const fileTimeoutMs = 30_000

/** Looks at a source's definition by itself: its rules, its event time, its history and its batch config's file. */
export async function checkDefinition(
  http: Pick<GatewayHttp, 'clock'>,
  source: AnySource,
  options: ValidateOptions = {},
): Promise<readonly Check[]> {
  const batch = await checkBatchFile(http, source, options)
  return [checkRules(source), checkEventTime(source), checkHistory(source), ...batch]
}

/** Looks at the file of a source's batch config, where it has one. Cost: two or three range requests. */
export async function checkBatchFile(
  { clock }: Pick<GatewayHttp, 'clock'>,
  source: AnySource,
  options: ValidateOptions = {},
): Promise<readonly Check[]> {
  const batch = await checkBatchConfig({ clock, timeoutMs: fileTimeoutMs, ...options }, source)
  return batch === undefined ? [] : [batch]
}

/** Holds a source's definition against what was applied to the workspace. Cost: one call. */
export async function checkAgainstApplied(
  http: Pick<GatewayHttp, 'json'>,
  workspace: string,
  source: AnySource,
  { signal }: ValidateOptions = {},
): Promise<readonly Check[]> {
  const path = `/workspaces/${encodeURIComponent(workspace)}/definitions`
  const said = await http
    .json(definitionsSchema, path, signal === undefined ? {} : { signal })
    .catch((cause: unknown) => {
      // A workspace that does not exist yet has no names.
      if (cause instanceof GatewayError && cause.code === 'unknown_workspace') return undefined
      throw cause
    })
  const sources = said === undefined ? [] : decodeDefinitions(said.definitions).sources
  return [checkName(source, sources), ...checkApplied(source, sources)]
}

function checkRules(source: AnySource): Check {
  const what = 'definition'
  try {
    decodeSource(JSON.parse(JSON.stringify(encodeSource(source))))
    return { what, outcome: 'ok', sentence: 'The definition keeps every rule.' }
  } catch (cause) {
    if (!(cause instanceof ValidationError)) throw cause
    return { what, outcome: 'failed', sentence: cause.message }
  }
}

function checkEventTime(source: AnySource): Check {
  const field = eventTimeFieldOf(source)
  const sentence =
    field === undefined
      ? 'It has no event time: a data frame takes no startTime and endTime, and a feature view names a column.'
      : `Events happen at "${field}".`
  return { what: 'event time', outcome: 'ok', sentence }
}

function checkHistory(source: AnySource): Check {
  const [warning] = warningsOf(source)
  const kept = source.streamConfig.logOffline
    ? 'Tidegate keeps its history.'
    : 'Its history lies in its batch config.'
  return { what: 'history', outcome: 'ok', sentence: warning ?? kept }
}

function checkName({ name }: AnySource, sources: readonly AnySource[]): Check {
  const what = 'name'
  const other = sources.find(
    source => source.name !== name && source.name.toLowerCase() === name.toLowerCase(),
  )
  if (other === undefined) {
    return { what, outcome: 'ok', sentence: 'No other source of the workspace has its name.' }
  }
  const sentence = `The workspace has a source "${other.name}", which is the same name, since case does not count; rename one.`
  return { what, outcome: 'failed', sentence }
}

function checkApplied(source: AnySource, sources: readonly AnySource[]): readonly Check[] {
  const what = 'applied source'
  const applied = sources.find(({ name }) => name === source.name)
  if (applied === undefined) {
    return [{ what, outcome: 'ok', sentence: 'Nothing of its name was applied yet.' }]
  }
  const { action, reasons, refusals } = sourceChange(applied, source)
  if (action === 'recreate' || refusals.length > 0) {
    const sentence = `It cannot follow the source that was applied: ${[...refusals, ...reasons].join(' ')}`
    return [{ what, outcome: 'failed', sentence }]
  }
  const isSame = sortedJson(encodeSource(applied)) === sortedJson(encodeSource(source))
  const sentence = isSame
    ? 'It is the source that was applied.'
    : 'It is another than the source that was applied, and can follow it; tidegate plan says how.'
  return [{ what, outcome: 'ok', sentence }]
}

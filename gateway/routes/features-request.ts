import { parseExactJson } from '../../shared/parse-exact-json.ts'
import { isRecord } from '../is-record.ts'
import { Problem } from './problem.ts'

/** What a get-features request asks for, whatever its casing. */
export interface FeaturesRequest {
  readonly workspace: string
  readonly serviceName?: string
  readonly serviceId?: string
  readonly joinKeyMap: { readonly [joinKey: string]: unknown }
  /** Absent: the reply carries no metadata. */
  readonly metadata?: {
    readonly names: boolean
    readonly dataTypes: boolean
    readonly effectiveTimes: boolean
    readonly servingStatus: boolean
    /** Ours: the offsets that the values are a fold of. */
    readonly marks: boolean
  }
}

/** Reads a get-features body in Tecton's shape, camelCase or snake_case; throws a Problem. */
export function parseFeaturesRequest(text: string): FeaturesRequest {
  const params = objectAt(parse(text), 'params')
  const workspace = optionalText(params, 'workspaceName')
  if (workspace === undefined) throw malformed('"params.workspaceName" is missing.')
  const serviceName = optionalText(params, 'featureServiceName')
  const serviceId = optionalText(params, 'featureServiceId')
  if ((serviceName ?? serviceId) === undefined) {
    throw malformed('"params.featureServiceName" or "params.featureServiceId" is needed.')
  }
  const options = valueAt(params, 'metadataOptions')
  return {
    workspace,
    ...(serviceName === undefined ? {} : { serviceName }),
    ...(serviceId === undefined ? {} : { serviceId }),
    joinKeyMap: objectAt(params, 'joinKeyMap'),
    ...(isRecord(options)
      ? {
          metadata: {
            names: valueAt(options, 'includeNames') === true,
            dataTypes: valueAt(options, 'includeDataTypes') === true,
            effectiveTimes: valueAt(options, 'includeEffectiveTimes') === true,
            servingStatus: valueAt(options, 'includeServingStatus') === true,
            marks: valueAt(options, 'includeMarks') === true,
          },
        }
      : {}),
  }
}

function parse(text: string): unknown {
  try {
    return parseExactJson(text)
  } catch (cause) {
    if (cause instanceof SyntaxError) throw malformed('The body is not valid JSON.')
    throw cause
  }
}

function objectAt(parent: unknown, name: string): { readonly [name: string]: unknown } {
  const value = isRecord(parent) ? valueAt(parent, name) : undefined
  if (isRecord(value)) return value
  throw malformed(`"${name}" is missing or no object.`)
}

function optionalText(
  parent: { readonly [name: string]: unknown },
  name: string,
): string | undefined {
  const value = valueAt(parent, name)
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' && value !== '') return value
  throw malformed(`"params.${name}" is a text.`)
}

/** A member by its camelCase name, or by the same name in snake_case. */
function valueAt(parent: { readonly [name: string]: unknown }, name: string): unknown {
  const snake = name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
  if (Object.hasOwn(parent, name)) return parent[name]
  return Object.hasOwn(parent, snake) ? parent[snake] : undefined
}

function malformed(message: string): Problem {
  return new Problem('malformed_request', message)
}

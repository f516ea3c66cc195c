import { limits } from '../../shared/limits.ts'
import { parseExactJson } from '../../shared/parse-exact-json.ts'
import { isRecord } from '../is-record.ts'
import {
  type MetadataOptions,
  type RequestOptions,
  readMetadataOptions,
  readRequestOptions,
} from './features-options.ts'
import { Problem } from './problem.ts'
import {
  flagMember,
  type Members,
  malformed,
  memberOf,
  objectMember,
  textMember,
} from './request-members.ts'

/** The service that a request is about. */
export interface ServiceRequest {
  readonly workspace: string
  /** One of both is there, both only where a path names the one and a body the other. */
  readonly serviceName?: string
  readonly serviceId?: string
}

/** One entity that is asked for. */
export interface RowRequest {
  readonly joinKeyMap: Members
  readonly requestContextMap: Members
}

/** What a get-features or get-features-batch request asks for, whatever its version and casing. */
export interface FeaturesRequest extends ServiceRequest {
  /** How its reply is written. */
  readonly form: FeaturesForm
  /** One, or at most as many as a batch may have. */
  readonly rows: readonly RowRequest[]
  /** Whether what is known at the end of the budget is better than an error. */
  readonly allowPartial: boolean
  /** Absent: the reply carries no metadata. */
  readonly metadata?: MetadataOptions
  readonly options: RequestOptions
}

export type FeaturesForm = 'single' | 'batch'

/** Names that stand in the path, as version 2 has them. */
export interface PathNames {
  readonly workspace: string
  readonly service: string
}

/** Reads a body in Tecton's shape, camelCase or snake_case; throws a Problem. */
export function parseFeaturesRequest(
  text: string,
  form: FeaturesForm = 'single',
  path?: PathNames,
): FeaturesRequest {
  const params = paramsOf(text)
  const metadata = objectMember(params, 'metadataOptions', 'params.')
  return {
    ...serviceOf(params, path),
    form,
    rows: form === 'single' ? [rowOf(params, 'params.')] : rowsOf(memberOf(params, 'requestData')),
    allowPartial: flagMember(params, 'allowPartialResults', 'params.'),
    ...(metadata === undefined ? {} : { metadata: readMetadataOptions(metadata) }),
    options: readRequestOptions(objectMember(params, 'requestOptions', 'params.') ?? {}),
  }
}

/** Reads a body that names a service and asks for nothing else. */
export function parseServiceRequest(text: string): ServiceRequest {
  return serviceOf(paramsOf(text), undefined)
}

function paramsOf(text: string): Members {
  const body = parse(text)
  const params = isRecord(body) ? memberOf(body, 'params') : undefined
  if (isRecord(params)) return params
  throw malformed('"params" is missing or no object.')
}

function parse(text: string): unknown {
  try {
    return parseExactJson(text)
  } catch (cause) {
    if (cause instanceof SyntaxError) throw malformed('The body is not valid JSON.')
    throw cause
  }
}

function serviceOf(params: Members, path: PathNames | undefined): ServiceRequest {
  const workspace = textMember(params, 'workspaceName', 'params.')
  const name = textMember(params, 'featureServiceName', 'params.')
  const serviceId = textMember(params, 'featureServiceId', 'params.')
  if (path !== undefined) {
    requireSame('workspaceName', workspace, path.workspace)
    requireSame('featureServiceName', name, path.service)
  } else if ((name === undefined) === (serviceId === undefined)) {
    throw malformed(
      'Exactly one of "params.featureServiceName" and "params.featureServiceId" is needed.',
    )
  }
  const named = path?.workspace ?? workspace
  if (named === undefined) throw malformed('"params.workspaceName" is missing.')
  const serviceName = path?.service ?? name
  return {
    workspace: named,
    ...(serviceName === undefined ? {} : { serviceName }),
    ...(serviceId === undefined ? {} : { serviceId }),
  }
}

function requireSame(name: string, said: string | undefined, inPath: string): void {
  if (said === undefined || said === inPath) return
  throw malformed(
    `"params.${name}" is "${said.slice(0, 64)}", but the path says "${inPath.slice(0, 64)}".`,
  )
}

function rowsOf(value: unknown): readonly RowRequest[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw malformed('"params.requestData" is a list of one row at least.')
  }
  if (value.length > limits.maxFeatureRows) {
    throw new Problem(
      'too_large',
      `"params.requestData" has ${value.length} rows; the limit is ${limits.maxFeatureRows}.`,
    )
  }
  return value.map((row, at) => {
    const where = `params.requestData[${at}]`
    if (isRecord(row)) return rowOf(row, `${where}.`)
    throw malformed(`"${where}" is an object.`)
  })
}

function rowOf(parent: Members, where: string): RowRequest {
  return {
    joinKeyMap: objectMember(parent, 'joinKeyMap', where) ?? {},
    requestContextMap: objectMember(parent, 'requestContextMap', where) ?? {},
  }
}

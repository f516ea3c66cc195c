import * as v from 'valibot'
import { ValidationError } from '../../shared/fields/validation-error.ts'
import { decodeDefinitions } from '../../shared/workspace-definitions.ts'
import type { GatewayHttp } from '../workspace/gateway-http.ts'
import { unreadable } from '../workspace/http-sentence.ts'
import type { TrainingTarget } from './training-views.ts'

const definitionsSchema = v.object({ definitions: v.unknown() })

/** Gives the feature service, or else the feature view, that was applied by a name. Cost: one call. */
export async function appliedTarget(
  http: GatewayHttp,
  workspace: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<TrainingTarget> {
  const path = `/workspaces/${encodeURIComponent(workspace)}/definitions`
  const said = await http.json(definitionsSchema, path, signal === undefined ? {} : { signal })
  const { featureServices, featureViews } = decoded(`${http.base}${path}`, said.definitions)
  const found = [...featureServices, ...featureViews].find(target => target.name === name)
  if (found !== undefined) return found
  const names = [...featureServices, ...featureViews].map(target => target.name)
  throw new ValidationError(
    `Workspace "${workspace}" has no feature service or view "${name}"; it has ${names.join(', ') || 'none'}.`,
  )
}

function decoded(address: string, definitions: unknown) {
  try {
    return decodeDefinitions(definitions)
  } catch (cause) {
    if (!(cause instanceof ValidationError)) throw cause
    throw unreadable(address, cause.message, cause)
  }
}

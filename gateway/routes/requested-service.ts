import type { CompiledDefinitions, CompiledSource } from '../ingest/compiled-source.ts'
import type { ResolvedService, ResolvedView } from '../registry/resolved-definitions.ts'
import type { ServiceRequest } from './features-request.ts'
import { Problem } from './problem.ts'
import { malformed } from './request-members.ts'

/** A view of a service, with the source that it is of. */
export interface ServedView {
  readonly view: ResolvedView
  readonly compiled: CompiledSource
}

/** Gives a workspace's definitions by name: a copy where it suffices, else the registry's; `seen` is a version met. */
export type DefinitionsFor = (
  workspace: string,
  suffices: (compiled: CompiledDefinitions) => boolean,
  seen?: number,
) => Promise<CompiledDefinitions>

/** Gives what some definitions make of a request, or nothing where they refuse it: newer ones may not. */
export function unlessRefused<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof Problem) return undefined
    throw cause
  }
}

function findService(
  { definitions }: CompiledDefinitions,
  { serviceName, serviceId }: ServiceRequest,
): ResolvedService | undefined {
  return definitions.services.find(({ name, id }) =>
    serviceName === undefined ? id === serviceId : name === serviceName,
  )
}

/** The views of the service that a request names, in alphabetical order; throws a Problem where there is none. */
export function viewsOf(compiled: CompiledDefinitions, request: ServiceRequest): ServedView[] {
  const { definitions, source } = compiled
  const { workspace, serviceName, serviceId } = request
  const service = findService(compiled, request)
  if (service === undefined) {
    throw new Problem(
      'unknown_service',
      `No feature service "${(serviceName ?? serviceId ?? '').slice(0, 64)}" was applied to workspace "${workspace}".`,
    )
  }
  if (serviceId !== undefined && service.id !== serviceId) {
    throw malformed(`"params.featureServiceId" is not the id of "${service.name}".`)
  }
  return [...service.views].sort().map(name => {
    for (const { name: sourceName, views } of definitions.sources) {
      const view = views.find(view => view.name === name)
      const compiled = source(sourceName)
      if (view !== undefined && compiled !== undefined) return { view, compiled }
    }
    throw new Problem('conflict', `The feature view "${name}" is not served online.`)
  })
}

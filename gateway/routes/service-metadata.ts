import type { ServiceRequest } from './features-request.ts'
import { type DefinitionsFor, unlessRefused, viewsOf } from './requested-service.ts'
import { columnType, servedFeatures } from './served-features.ts'
import { servedType } from './served-value.ts'

/** Answers what a feature service is asked by and what it gives, in the order of its values. Cost: no call, as a rule. */
export async function answerServiceMetadata(
  request: ServiceRequest,
  definitionsFor: DefinitionsFor,
): Promise<Response> {
  const compiled = await definitionsFor(
    request.workspace,
    recent => unlessRefused(() => viewsOf(recent, request)) !== undefined,
  )
  const views = viewsOf(compiled, request)
  const joinKeys = new Map(
    views.flatMap(({ view, compiled }) =>
      view.joinKeys.map(name => [name, servedType(columnType(compiled, name))] as const),
    ),
  )
  return Response.json({
    featureServiceType: 'DEFAULT',
    inputJoinKeys: [...joinKeys].map(([name, dataType]) => ({
      name,
      dataType,
      type: dataType.type,
    })),
    inputRequestContextKeys: [],
    featureValues: views.flatMap(({ view, compiled }) =>
      servedFeatures(view, compiled).map(({ name, dtype }) => ({
        name: `${view.name}.${name}`,
        dataType: servedType(dtype),
      })),
    ),
  })
}

import type { Context, Hono } from 'hono'
import type { AppEnv } from './app-env.ts'
import {
  type FeaturesForm,
  type PathNames,
  parseFeaturesRequest,
  parseServiceRequest,
} from './features-request.ts'
import { answerFeatures } from './features-route.ts'
import { readBody } from './read-body.ts'
import type { DefinitionsFor } from './requested-service.ts'
import { answerServiceMetadata } from './service-metadata.ts'

type AppContext = Context<AppEnv>

const firstPath = '/api/v1/feature-service'
const secondPath = '/api/v2/workspaces/:workspace/feature-services/:service'

/** Adds the routes by which features are read, in both of Tecton's versions. */
export function mountFeatures(
  app: Hono<AppEnv>,
  definitionsFor: (context: AppContext) => DefinitionsFor,
): void {
  const features = (form: FeaturesForm) => async (context: AppContext) => {
    const { services } = context.var
    const text = await readBody(context.req.raw, services.clock)
    const request = parseFeaturesRequest(text, form, namesIn(context))
    return answerFeatures(services, request, definitionsFor(context))
  }
  for (const path of [firstPath, secondPath]) {
    app.post(`${path}/get-features`, features('single'))
    app.post(`${path}/get-features-batch`, features('batch'))
  }
  app.post(`${firstPath}/metadata`, async context => {
    const text = await readBody(context.req.raw, context.var.services.clock)
    return answerServiceMetadata(parseServiceRequest(text), definitionsFor(context))
  })
  app.get(`${secondPath}/metadata`, context => {
    const { workspace, service } = context.req.param()
    return answerServiceMetadata({ workspace, serviceName: service }, definitionsFor(context))
  })
}

/** Whether a path speaks of errors as Tecton's serving clients read them. */
export function isServingPath(path: string): boolean {
  return /^\/api\/(?:v1\/feature-service|v2\/workspaces\/[^/]+\/feature-services)\//.test(path)
}

function namesIn({ req }: AppContext): PathNames | undefined {
  const { workspace, service } = req.param()
  return workspace === undefined || service === undefined ? undefined : { workspace, service }
}

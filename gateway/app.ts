import { type Context, Hono } from 'hono'
import { causeOf } from './cause-of.ts'
import type { Env } from './env.ts'
import type { CompiledDefinitions, CompiledSource } from './ingest/compiled-source.ts'
import { platformClock, platformReport } from './platform/ports.ts'
import type { AppEnv, Services } from './routes/app-env.ts'
import { answerAudit } from './routes/audit-route.ts'
import { createAuthenticate } from './routes/authenticate.ts'
import { allowOrigin, preflight } from './routes/cross-origin.ts'
import { answerDataFrame } from './routes/dataframe-route.ts'
import { answerColumns, answerSource } from './routes/declared-routes.ts'
import { answerIngest } from './routes/ingest-route.ts'
import { mountDefinitions } from './routes/mount-definitions.ts'
import { isServingPath, mountFeatures } from './routes/mount-features.ts'
import { type Manner, Problem, problemResponse, unknownWorkspace } from './routes/problem.ts'
import { answerResume } from './routes/resume-route.ts'
import { answerScale, answerShards } from './routes/shards-route.ts'
import { answerPart, answerParts, answerRoll, answerSummary } from './routes/source-routes.ts'
import { answerValidate } from './routes/validate-route.ts'
import { withNewest } from './routes/with-newest.ts'
import { makeServices } from './services.ts'

type AppContext = Context<AppEnv>

const ingestPaths = ['/ingest', '/v2/ingest']
const sourcePath = '/api/v1/workspaces/:workspace/sources/:source'

/** The gateway's HTTP app: who may do what, where it is answered, and how errors are said. */
export function createApp(): Hono<AppEnv> {
  const authenticate = createAuthenticate()
  let services: { readonly env: Env; readonly made: Services } | undefined
  const servicesOf = (env: Env): Services => {
    if (services?.env !== env) services = { env, made: makeServices(env) }
    return services.made
  }

  const app = new Hono<AppEnv>()
  app.get('/health', context => context.json({ status: 'ok' }))
  for (const path of ingestPaths) {
    app.options(path, context => preflight(context.req.raw, context.env.TIDEGATE_ORIGINS))
    app.use(path, async (context, next) => {
      await next()
      // By which a client puts its own time right; the platform's edge sets it too, workerd alone does not.
      context.res.headers.set('date', new Date(platformClock.now()).toUTCString())
      allowOrigin(context.req.raw, context.env.TIDEGATE_ORIGINS, context.res.headers)
    })
  }
  app.use(async (context, next) => {
    const pushes = context.req.method === 'POST' && ingestPaths.includes(context.req.path)
    const header = context.req.header('authorization')
    const queried = header === undefined && pushes ? context.req.query('key') : undefined
    const credentials = queried === undefined ? header : `Bearer ${queried}`
    const holder = await authenticate(credentials, context.env.TIDEGATE_KEYS)
    // A page may not send the header without a preflight, for which there is no time when it is left. URLs
    // are kept in logs, where only a key that every page shows anyway may stand.
    if (queried !== undefined && holder?.kind === 'admin') {
      throw new Problem(
        'unauthenticated',
        'Only an ingest key may stand in a URL; send this one in the header and consider it known.',
      )
    }
    if (holder === undefined) {
      throw new Problem(
        'unauthenticated',
        'Send a known key: "Authorization: Tecton-key KEY" or "Authorization: Bearer KEY".',
      )
    }
    if (holder.kind === 'ingest' && !pushes) {
      throw new Problem(
        'forbidden',
        'An ingest key may only POST to /ingest and /v2/ingest; use an admin key.',
      )
    }
    context.set('holder', holder)
    context.set('services', servicesOf(context.env))
    await next()
  })

  for (const path of ingestPaths) {
    app.post(path, context =>
      answerIngest(context.var.services, context.req.raw, context.var.holder),
    )
    app.all(path, () => {
      throw new Problem('wrong_method', `Records are sent by POST to ${path}.`)
    })
  }
  mountDefinitions(app)
  app.get('/api/v1/workspaces/:workspace/shards', async context => {
    const recent = await definitionsOf(context, context.req.param('workspace'))
    const { services, holder } = context.var
    return answerShards((await services.definitions.newest(holder.workspaceId)) ?? recent)
  })
  app.post('/api/v1/workspaces/:workspace/shards', async context => {
    const definitions = await definitionsOf(context, context.req.param('workspace'))
    const { services, holder } = context.var
    return answerScale(services, context.req.raw, definitions, holder)
  })
  app.get('/api/v1/workspaces/:workspace/audit', async context => {
    const definitions = await definitionsOf(context, context.req.param('workspace'), askRegistry)
    return answerAudit(context.var.services, definitions, new URL(context.req.url).searchParams)
  })
  app.get(sourcePath, async context =>
    answerSource(context.var.services.peers, await sourceOf(context, askRegistry)),
  )
  app.get(`${sourcePath}/columns`, async context => answerColumns(await sourceOf(context)))
  app.get(`${sourcePath}/summary`, async context => {
    const source = await sourceOf(context, askRegistry)
    const accept = context.req.header('accept')
    return answerSummary(context.var.services, context.req.param('workspace'), source, accept)
  })
  app.get(`${sourcePath}/validate`, async context =>
    answerValidate(context.var.services, await sourceOf(context, askRegistry)),
  )
  app.get(`${sourcePath}/dataframe`, async context => {
    const parameters = new URL(context.req.url).searchParams
    // A copy at hand may know a source of that name that is gone.
    return withNewest(await sourceOf(context, askRegistry), newestSource(context), source =>
      answerDataFrame(context.var.services, source, parameters, context.req.header('accept')),
    )
  })
  app.get(`${sourcePath}/parts`, async context =>
    answerParts(context.var.services, await sourceOf(context, askRegistry)),
  )
  app.get(`${sourcePath}/parts/:name`, async context =>
    answerPart(context.var.services, await sourceOf(context), context.req.param('name')),
  )
  app.post(`${sourcePath}/roll`, async context =>
    answerRoll(context.var.services, await sourceOf(context, askRegistry)),
  )
  app.post(`${sourcePath}/resume`, async context =>
    answerResume(context.var.services.peers, await sourceOf(context, askRegistry)),
  )
  mountFeatures(
    app,
    context =>
      (...wanted) =>
        definitionsOf(context, ...wanted),
  )

  app.notFound(context =>
    problemResponse(
      mannerOf(context),
      new Problem(
        'unknown_route',
        `Nothing answers ${context.req.method} ${context.req.path.slice(0, 256)}.`,
      ),
    ),
  )
  app.onError((cause, context) => {
    if (cause instanceof Problem) return problemResponse(mannerOf(context), cause)
    platformReport('request failed', {
      method: context.req.method,
      route: context.req.routePath,
      cause: causeOf(cause),
    })
    return problemResponse(
      mannerOf(context),
      new Problem('internal', 'The gateway failed at this; it has been noted. Try again.', 1),
    )
  })
  return app
}

/**
 * The definitions of the holder's workspace under the name it was asked by. The registry refuses last: it is
 * asked where the copy at hand does not suffice. `seen` is a version that somebody has met already.
 */
async function definitionsOf(
  context: AppContext,
  workspace: string,
  suffices: (compiled: CompiledDefinitions) => boolean = () => true,
  seen?: number,
): Promise<CompiledDefinitions> {
  const { definitions } = context.var.services
  const { workspaceId } = context.var.holder
  const recent = await definitions.recent(workspaceId)
  if (recent?.definitions.workspace === workspace && suffices(recent)) return recent
  const newest = await definitions.newest(workspaceId, seen)
  if (newest?.definitions.workspace === workspace) return newest
  throw unknownWorkspace(workspace)
}

/** What counts a source's partitions asks the registry: a copy at hand may not know the newest ones. */
const askRegistry = () => false

async function sourceOf(
  context: AppContext,
  suffices?: (compiled: CompiledDefinitions) => boolean,
  seen?: number,
): Promise<CompiledSource> {
  const { workspace = '', source = '' } = context.req.param()
  const definitions = await definitionsOf(
    context,
    workspace,
    suffices ?? (recent => recent.source(source) !== undefined),
    seen,
  )
  const compiled = definitions.source(source)
  if (compiled !== undefined) return compiled
  throw new Problem(
    'unknown_source',
    `No source "${source.slice(0, 64)}" was applied to workspace "${workspace}".`,
  )
}

const newestSource = (context: AppContext) => (seen: number) => sourceOf(context, askRegistry, seen)

function mannerOf(context: AppContext): Manner {
  if (ingestPaths.includes(context.req.path)) return 'ingest'
  return isServingPath(context.req.path) ? 'serving' : 'problem'
}

import type { CompiledDefinitions } from '../ingest/compiled-source.ts'
import { entityKeysOf } from './entity-keys.ts'
import { batchReply, singleReply } from './features-reply.ts'
import type { FeaturesRequest } from './features-request.ts'
import { Problem } from './problem.ts'
import { type FeaturesPorts, type ReadRows, readRows } from './read-rows.ts'
import {
  type DefinitionsFor,
  type ServedView,
  unlessRefused,
  viewsOf,
} from './requested-service.ts'
import { withNewest } from './with-newest.ts'

/**
 * Answers get-features and get-features-batch in Tecton's shape, views in alphabetical order. What is not known
 * at the end of the latency budget is a 504, what a shard cannot say a 503; with `allowPartialResults` either is
 * null beside what is known. Cost: one call for each entity set and shard that has some of the rows.
 */
export async function answerFeatures(
  ports: FeaturesPorts,
  request: FeaturesRequest,
  definitionsFor: DefinitionsFor,
): Promise<Response> {
  const { workspace, form, metadata, options, allowPartial } = request
  const startMs = ports.clock.now()
  const newest = (seen: number) => definitionsFor(workspace, () => false, seen)
  const resolve = (compiled: CompiledDefinitions) => {
    const views = viewsOf(compiled, request)
    return { compiled, views, keys: entityKeysOf(request, views) }
  }
  let resolved: ReturnType<typeof resolve> | undefined
  // Whatever a copy of the definitions refuses, the registry is asked first.
  const compiled = await definitionsFor(workspace, recent => {
    resolved = unlessRefused(() => resolve(recent))
    return resolved !== undefined
  })
  return withNewest(compiled, newest, async compiled => {
    const { views, keys } = resolved?.compiled === compiled ? resolved : resolve(compiled)
    const { workspaceId } = compiled.definitions
    const read = await readRows(ports, workspaceId, views, keys, options, {
      untilMs: startMs + options.latencyBudgetMs,
      countsBytes: metadata?.sloInfo === true,
    })
    if (!allowPartial) refusePartial(views, read, options.latencyBudgetMs)
    const took = { serverMs: ports.clock.now() - startMs }
    const reply = form === 'single' ? singleReply : batchReply
    return Response.json(reply(views, read, metadata, took))
  })
}

function refusePartial(
  views: readonly ServedView[],
  { rows }: ReadRows,
  latencyBudgetMs: number,
): void {
  const without = (status: string) =>
    views
      .filter((_, at) => rows.some(row => row.views[at]?.reading.status === status))
      .map(({ view }) => view.name)
      .join(', ')
  const failed = without('failed')
  if (failed !== '') {
    throw new Problem('unavailable', `The feature views ${failed} cannot be read now.`, 1)
  }
  const late = without('time_out')
  if (late === '') return
  throw new Problem(
    'deadline_exceeded',
    `The latency budget of ${latencyBudgetMs} ms was over before the feature views ${late} were read; allowPartialResults gives the others.`,
  )
}

import { env } from 'cloudflare:workers'
import { expect, vi } from 'vitest'
import { compileDefinitions } from '../../../gateway/ingest/compiled-source.ts'
import { entityKeyOf } from '../../../gateway/online/entity-key.ts'
import { copyKey } from '../../../gateway/online/feature-copy.ts'
import { parseFeaturesRequest } from '../../../gateway/routes/features-request.ts'
import { answerFeatures } from '../../../gateway/routes/features-route.ts'
import type { FeaturesPorts } from '../../../gateway/routes/read-rows.ts'
import { Attribute, FeatureService, StreamFeatureView } from '../../../shared/index.ts'
import { limits } from '../../../shared/limits.ts'
import { Int64 } from '../../../shared/types.ts'
import { appliedTo } from './apply-later.ts'
import { featuresPorts } from './features-ports.ts'
import { click, clicksSource, user } from './test-definitions.ts'
import { testWorkspace } from './test-workspace.ts'

const clicks = clicksSource()
/** What both views are of. */
export const shape = { source: clicks, entities: [user] }
export const copied = StreamFeatureView({
  ...shape,
  name: 'copied',
  features: [Attribute('n', Int64)],
  edgeCache: { maxAge: '5m' },
})
export const exact = StreamFeatureView({
  ...shape,
  name: 'exact',
  features: [Attribute('n', Int64)],
})
export const service = FeatureService({ name: 'both', features: [copied, exact] })

/** What the Python client always asks for. */
export const always = { readFromCache: true, writeToCache: true }
const metadataOptions = {
  includeNames: true,
  includeServingStatus: true,
  includeEffectiveTimes: true,
  includeMarks: true,
}

/** Clicks in a view that keeps copies at the edge and in one that does not. */
export async function openCopied(at: number) {
  const workspace = testWorkspace(at)
  await workspace.apply([service])
  const paramsOf = (users: readonly string[], requestOptions: object) => ({
    workspaceName: 'test',
    featureServiceName: 'both',
    requestData: users.map(name => ({ joinKeyMap: { user: name } })),
    metadataOptions,
    requestOptions,
  })
  const push = (name: string, n: number) => workspace.pushRecords('clicks', [click(name, n)])
  const keyOf = async (name: string) => {
    const { sources } = await appliedTo(workspace)
    const [source] = sources
    const viewId = source?.views.find(view => view.name === 'copied')?.id ?? ''
    const owner = { workspaceId: workspace.workspaceId, viewId, version: source?.version ?? 0 }
    return copyKey(owner, entityKeyOf(['user'], { user: name }))
  }
  return {
    workspace,
    paramsOf,
    push,
    keyOf,
    /** What of each row is served by the copied view, the exact one, and how. */
    read: async (users: readonly string[], requestOptions: object = always) => {
      // Copies have half of it: were they late on a busy machine, the shards would answer.
      const latencyBudgetMs = limits.maxLatencyBudgetMs
      const params = paramsOf(users, { latencyBudgetMs, ...requestOptions })
      const body = JSON.stringify({ params })
      const path = '/api/v1/feature-service/get-features-batch'
      return (await workspace.send(path, { method: 'POST', body })).json
    },
    copyOf: async (name: string) => env.FEATURES.get(await keyOf(name)),
    /** Waits until the copy of an entity is there: nobody waits for it but a test. */
    copyComes: async (name: string) =>
      vi.waitFor(async () => expect(await env.FEATURES.get(await keyOf(name))).not.toBeNull(), {
        timeout: 20_000,
      }),
    /** The gateway's answer over ports of the test's own. */
    answer: async (users: readonly string[], ports: Partial<FeaturesPorts>, more = {}) => {
      const compiled = compileDefinitions(await appliedTo(workspace))
      const params = { ...paramsOf(users, always), ...more }
      const reply = await answerFeatures(
        { ...featuresPorts(), ...ports },
        parseFeaturesRequest(JSON.stringify({ params }), 'batch'),
        async () => compiled,
      )
      return reply.json()
    },
  }
}

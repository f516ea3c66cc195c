import { expect, it } from 'vitest'
import { compileDefinitions } from '../../../gateway/ingest/compiled-source.ts'
import { parseFeaturesRequest } from '../../../gateway/routes/features-request.ts'
import { answerFeatures } from '../../../gateway/routes/features-route.ts'
import { Attribute, Entity, FeatureService, StreamFeatureView } from '../../../shared/index.ts'
import { Field, Int64, String } from '../../../shared/types.ts'
import { appliedTo, applyLater } from '../support/apply-later.ts'
import { featuresPorts } from '../support/features-ports.ts'
import { click, clicksSource, latestClick } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

it('never answers an old value of a view whose join keys are others by now', async () => {
  const workspace = testWorkspace(0)
  const clicks = clicksSource()
  const { service } = latestClick(clicks)
  await workspace.apply([service])
  await workspace.pushRecords('clicks', [click('a', 1)])
  const old = compileDefinitions(await appliedTo(workspace))
  const both = Entity({ name: 'user', joinKeys: [Field('user', String), Field('n', Int64)] })
  const view = StreamFeatureView({
    name: 'latest_clicks',
    source: clicks,
    entities: [both],
    features: [Attribute('n', Int64)],
  })
  const read = async () => {
    const reply = await answerFeatures(
      featuresPorts(),
      parseFeaturesRequest(
        JSON.stringify({
          params: {
            workspaceName: 'test',
            featureServiceName: 'clicks_features',
            joinKeyMap: { user: 'a' },
          },
        }),
      ),
      async (_, __, seen) =>
        seen === undefined ? old : compileDefinitions(await appliedTo(workspace)),
    )
    return reply.json()
  }
  expect(await read()).toEqual({ result: { features: ['1', null] } })
  await applyLater(workspace, [FeatureService({ name: 'clicks_features', features: [view] })])
  await workspace.pushRecords('clicks', [click('a', 2)])
  expect(await read().catch(cause => `${cause}`)).not.toEqual({ result: { features: ['1', null] } })
})

it('refuses no join key by a copy of the definitions that the registry knows better', async () => {
  const workspace = testWorkspace(1)
  const clicks = clicksSource()
  const { view, service } = latestClick(clicks)
  await workspace.apply([service])
  await workspace.pushRecords('clicks', [click('a', 1)])
  const { json } = await workspace.features('clicks_features', { user: 'a' })
  expect(json).toEqual({ result: { features: ['1', null] } })
  const number = Entity({ name: 'number', joinKeys: [Field('n', Int64)] })
  const byNumber = StreamFeatureView({
    name: 'by_number',
    source: clicks,
    entities: [number],
    features: [Attribute('user', String)],
  })
  await applyLater(workspace, [
    FeatureService({ name: 'clicks_features', features: [view, byNumber] }),
  ])
  const both = await workspace.features('clicks_features', { user: 'a', n: 1 })
  expect(both.status).toBe(200)
  const hidden = StreamFeatureView({
    name: 'by_number',
    source: clicks,
    entities: [number],
    features: [Attribute('user', String)],
    online: false,
  })
  await applyLater(workspace, [
    FeatureService({ name: 'clicks_features', features: [view] }),
    hidden,
  ])
  expect((await workspace.features('clicks_features', { user: 'a' })).status).toBe(200)
})

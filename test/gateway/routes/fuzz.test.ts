import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { click, clicksSource, latestClick } from '../support/test-definitions.ts'
import { type Answer, producerOf, testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
const clicks = clicksSource()
const { view, service } = latestClick(clicks)
await workspace.apply([clicks, view, service])

/** Whatever is sent, the answer is the sender's fault or none, says so in JSON and gives nothing away. */
function expectCivil({ status, text, json }: Answer, sent: string) {
  expect(status).toBeLessThan(500)
  expect(json).toBeTypeOf('object')
  // So short that the sender may have said it by chance, and is quoted.
  const traces = ['SELECT', '.ts:'].filter(trace => !sent.includes(trace))
  for (const secret of [workspace.adminKey, workspace.ingestKey, producerOf(7), ...traces]) {
    expect(text).not.toContain(secret)
  }
}

const nearly = <T>(value: T) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: fc.jsonValue() })
const record = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      user: nearly('u'),
      at: nearly('2026-01-01T00:00:00Z'),
      n: fc.oneof(nearly(1), fc.integer(), fc.double(), fc.bigInt().map(String)),
      score: nearly(1.5),
      ['__proto__']: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
)
const element = fc.oneof(
  { weight: 1, arbitrary: fc.jsonValue() },
  {
    weight: 8,
    arbitrary: fc.record(
      { record, sequence: fc.oneof(fc.nat(50), nearly(Number.MAX_SAFE_INTEGER)) },
      { requiredKeys: ['record'] },
    ),
  },
)
const request = fc.record(
  {
    workspace_name: nearly('test'),
    protocol: nearly(1),
    dry_run: nearly(false),
    allow_partial: fc.oneof(fc.boolean(), fc.jsonValue()),
    producer: nearly(producerOf(7)),
    floors: fc.oneof(fc.constant({ clicks: 0 }), fc.jsonValue()),
    records: fc.oneof(
      { weight: 1, arbitrary: fc.jsonValue() },
      {
        weight: 8,
        arbitrary: fc.dictionary(
          fc.constantFrom('clicks', 'x', '__proto__'),
          fc.array(element, { maxLength: 5 }),
        ),
      },
    ),
  },
  { requiredKeys: ['workspace_name', 'records'] },
)

describe('any body', () => {
  it('as JSON of any shape is answered below 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 5 }), async body =>
        expectCivil(await workspace.push(body), body),
      ),
      { numRuns: 200 },
    )
  })

  it('nearly right is answered below 500', async () => {
    await fc.assert(
      fc.asyncProperty(request, async body =>
        expectCivil(await workspace.push(body), JSON.stringify(body)),
      ),
      { numRuns: 400 },
    )
    expect((await workspace.pushRecords('clicks', [click('u', 1)])).status).toBe(200)
  })

  it('of any text is answered below 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async body =>
        expectCivil(await workspace.push(body), body),
      ),
      { numRuns: 100 },
    )
  })

  it('is answered below 500 by get-features and apply too', async () => {
    const paths = [
      '/api/v1/feature-service/get-features',
      '/api/v1/feature-service/get-features-batch',
      '/api/v1/feature-service/metadata',
      '/api/v2/workspaces/test/feature-services/clicks_features/get-features',
      '/api/v2/workspaces/test/feature-services/clicks_features/get-features-batch',
      '/api/v1/workspaces/test/apply',
    ]
    const joinKeyMap = fc.oneof(
      fc.record({ user: fc.oneof(fc.string(), fc.jsonValue()) }),
      fc.jsonValue(),
    )
    const params = fc.record(
      {
        workspaceName: nearly('test'),
        featureServiceName: nearly('clicks_features'),
        joinKeyMap,
        requestData: fc.oneof(fc.array(fc.record({ joinKeyMap })), fc.jsonValue()),
        metadataOptions: fc.oneof(fc.record({ includeNames: fc.boolean() }), fc.jsonValue()),
        requestOptions: fc.oneof(
          fc.record({
            // None so short that it may well be over.
            latencyBudgetMs: fc.constantFrom('2000', 'soon', 0, -1, 1.5, true),
            readFromCache: nearly(true),
          }),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    )
    const applied = fc.record({
      protocol: nearly(1),
      expected_hash: nearly(null),
      definitions: fc.oneof(
        fc.jsonValue(),
        fc.record({
          format: nearly(1),
          name: nearly('test'),
          live: nearly(true),
          sources: fc.jsonValue(),
          entities: fc.jsonValue(),
          featureViews: nearly([]),
          featureServices: nearly([]),
        }),
      ),
    })
    const body = fc.oneof(fc.jsonValue(), fc.record({ params }), applied)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), body, async (path, given) => {
        const body = JSON.stringify(given)
        expectCivil(await workspace.send(path, { method: 'POST', body }), body)
      }),
      { numRuns: 300 },
    )
  })

  it('with deep nesting is refused by get-features and apply', async () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    const applied = `{"protocol":1,"expected_hash":null,"definitions":${deep}}`
    const nested = `{"format":1,"name":"test","live":true,"entities":[],"featureViews":[],"featureServices":[],"sources":[{"schema":[{"name":"a","dtype":${'{"kind":"array","element":'.repeat(3_000)}{"kind":"int64"}${'}'.repeat(3_000)}}]}]}`
    for (const body of [
      deep,
      applied,
      `{"protocol":1,"expected_hash":null,"definitions":${nested}}`,
    ]) {
      const apply = await workspace.send('/api/v1/workspaces/test/apply', { method: 'POST', body })
      expect(apply.status).toBe(400)
    }
    const features = await workspace.send('/api/v1/feature-service/get-features', {
      method: 'POST',
      body: `{"params":{"workspaceName":"test","featureServiceName":"clicks_features","joinKeyMap":{"user":${deep}}}}`,
    })
    expect(features.status).toBe(400)
  })
})

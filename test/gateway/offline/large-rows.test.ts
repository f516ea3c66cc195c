import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { compileDefinitions } from '../../../gateway/ingest/compiled-source.ts'
import { type FrameStep, readDataFrame } from '../../../gateway/offline/data-frame.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformClock, platformParts } from '../../../gateway/platform/ports.ts'
import { parseFrameRequest } from '../../../gateway/routes/dataframe-request.ts'
import { columns, concat, gt, postProcess } from '../../../shared/expressions.ts'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import { Field, Int64, String } from '../../../shared/types.ts'
import { appliedTo } from '../support/apply-later.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const sent = [Field('n', Int64), Field('text', String)]
const c = columns(sent)
const long = 'x'.repeat(50_000)
const workspace = testWorkspace(23)
await workspace.apply([
  StreamSource({
    name: 'longs',
    streamConfig: PushConfig({
      logOffline: true,
      inputSchema: sent,
      postProcessor: postProcess({
        filter: gt(c.n, 99n),
        select: { n: c.n, text: concat(c.text, long) },
      }),
    }),
    schema: [Field('n', Int64), Field('text', String)],
  }),
])
const push = (first: number) =>
  workspace.pushRecords(
    'longs',
    Array.from({ length: 600 }, (_, at) => ({ n: first + at, text: 'y' })),
  )

it('large rows of small records are made few at a time, of parts and of the tail', async () => {
  await push(0)
  await workspace.send(`${workspace.sourcePath('longs')}/roll`, { method: 'POST' })
  await push(600)
  const source = compileDefinitions(await appliedTo(workspace)).source('longs') ?? expect.fail()
  const ports = {
    clock: platformClock,
    peers: platformPeers(env),
    parts: platformParts(env.LOG),
  }
  const { query } = parseFrameRequest(source, new URLSearchParams(), undefined)
  const seen: [number, FrameStep['reached']['offset']][] = []
  const numbers: unknown[] = []
  for await (const { rows, reached } of readDataFrame(ports, query)) {
    seen.push([rows.length, reached.offset])
    for (const row of rows) {
      expect(`${row.text}`.length).toBe(long.length + 1)
      numbers.push(row.n)
    }
  }
  expect(numbers).toEqual(Array.from({ length: 1_100 }, (_, at) => at + 100))
  expect(seen).toEqual([
    [150, 249],
    [250, 499],
    [100, 599],
    [250, 849],
    [250, 1_099],
    [100, 1_199],
  ])
})

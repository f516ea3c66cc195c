import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { compileDefinitions } from '../../../gateway/ingest/compiled-source.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformClock, platformParts } from '../../../gateway/platform/ports.ts'
import { answerDataFrame } from '../../../gateway/routes/dataframe-route.ts'
import { appliedTo } from '../support/apply-later.ts'
import { numbersIn } from '../support/numbers.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(19)
await workspace.apply([plainSource('numbers')])
const { append } = numbersIn(workspace)
const parts = 8
for (let part = 0; part < parts; part++) {
  await append('numbers', 10, part * 10)
  await workspace.partition('numbers').roll({ format: 1 })
}

/** Opens a data frame whose gets of parts are counted. */
async function open(format: string) {
  const stored = platformParts(env.LOG)
  let gets = 0
  const { body } = await answerDataFrame(
    {
      clock: platformClock,
      peers: platformPeers(env),
      parts: {
        ...stored,
        get(key) {
          gets++
          return stored.get(key)
        },
      },
      report: () => {},
    },
    compileDefinitions(await appliedTo(workspace)).source('numbers') ?? expect.fail(),
    new URLSearchParams({ format }),
  )
  const reader: ReadableStreamDefaultReader<Uint8Array> = body?.getReader() ?? expect.fail()
  return { reader, gets: () => gets }
}

it.each(['ndjson', 'csv'])(
  'reads no part of %s before it is taken, but for the next one',
  async format => {
    const { reader, gets } = await open(format)
    for (let taken = 1; taken <= parts; taken++) {
      expect((await reader.read()).done).toBe(false)
      // Whatever is under way without anybody who reads comes to its end.
      await scheduler.wait(10)
      expect(gets()).toBeLessThanOrEqual(taken + 1)
    }
    expect((await reader.read()).done).toBe(true)
    expect(gets()).toBe(parts)
  },
)

it.each(['ndjson', 'csv'])('reads no more of %s once nobody wants it', async format => {
  const { reader, gets } = await open(format)
  await reader.read()
  await reader.cancel()
  const before = gets()
  await scheduler.wait(10)
  expect(gets()).toBe(before)
  expect(before).toBeLessThan(parts)
})

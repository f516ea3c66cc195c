import { expect, test } from 'vitest'
import { createDataFrame } from '../../../client/workspace/data-frame.ts'
import { Field, Int64 } from '../../../shared/types.ts'

const encoder = new TextEncoder()

/** A data frame of many pieces, of which each is counted as it is asked for. */
function counted(pieces: number) {
  let asked = 0
  const frame = createDataFrame(
    {
      ask: async ({ format }) => ({
        headers: new Headers({ 'tidegate-cut': `0:${pieces - 1}` }),
        chunks: (async function* () {
          for (let n = 0; n < pieces; n++) {
            asked++
            yield format === 'parquet'
              ? encoder.encode('PAR1PAR1!PAR1')
              : encoder.encode(`{"n":${n},"_partition":0,"_offset":${n}}\n`)
          }
          yield encoder.encode(`{"_end":${pieces}}\n`)
        })(),
      }),
      wait: async () => {},
    },
    { source: 'numbers', fields: [Field('n', Int64)], range: {} },
  )
  return { frame, asked: () => asked }
}

test.each(['toNdjson', 'toCsv', 'toParquet'] as const)(
  '%s takes of a reply what it was asked for, and never the rest of it',
  async form => {
    const { frame, asked } = counted(1_000)
    const reader = frame[form]().getReader()
    expect(asked()).toBe(0)
    for (let taken = 1; taken <= 20; taken++) {
      await reader.read()
      await new Promise(resolve => setTimeout(resolve, 0))
      expect(asked()).toBeLessThanOrEqual(taken + 1)
    }
    await reader.cancel()
    expect(asked()).toBeLessThanOrEqual(21)
  },
)

test('rows come as they are taken', async () => {
  const { frame, asked } = counted(1_000)
  let rows = 0
  for await (const _ of frame) {
    expect(asked()).toBeLessThanOrEqual(++rows + 1)
    if (rows === 20) break
  }
  expect(asked()).toBeLessThanOrEqual(21)
})

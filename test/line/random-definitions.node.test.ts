import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Duck, openDuck } from './support/duckdb.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import { expectAgreement, readFrame, readOnline } from './support/random/compare.ts'
import { definitionsIn } from './support/random/definitions.ts'
import { openPlayers } from './support/random/play-rounds.ts'
import { anyStory, type Story } from './support/random/story.ts'

/** `PARITY_SEED` plays other stories, `PARITY_RUNS` more of them. */
const seed = Number(process.env.PARITY_SEED ?? 20_261_121)
const numRuns = Number(process.env.PARITY_RUNS ?? 14)
/** So many stories of one gateway: it keeps all of them, and each may take all objects out of memory. */
const storiesOfGateway = 10
/** The search for a smaller example ends after so many stories. */
const maxShrinks = 20
/** Only so that a hang ends and is told with its seed; a busy machine takes some seconds a story. */
const maxStoryMs = 60_000
const timeout = (numRuns + maxShrinks) * maxStoryMs

let gateway: LineGateway
let duck: Duck
beforeAll(async () => {
  ;[gateway, duck] = await Promise.all([startGateway(), openDuck()])
})
afterAll(() => Promise.all([gateway.close(), duck.close()]))

test('whatever is declared and pushed, online state is what DuckDB finds in the parts', {
  timeout,
}, async () => {
  let played = 0
  await fc.assert(
    fc.asyncProperty(fc.limitShrink(anyStory, maxShrinks), async story => {
      if (++played % storiesOfGateway === 0) await changeGateway()
      try {
        await expectParity(story)
      } catch (cause) {
        throw new Error(`Again with PARITY_SEED=${seed} PARITY_RUNS=${numRuns}: ${cause}`, {
          cause,
        })
      }
    }),
    { seed, numRuns, timeout: maxStoryMs },
  )
  expect(gateway.reports()).toEqual([])
})

async function changeGateway(): Promise<void> {
  expect(gateway.reports()).toEqual([])
  await gateway.close()
  gateway = await startGateway()
}

/** Plays a story; after each phase reads everything online and offline, rolls, and compares. */
async function expectParity(story: Story): Promise<void> {
  const { world } = story
  const line = gateway.line()
  const players = openPlayers(gateway, line, story)
  for (const phase of [0, 1] as const) {
    await line.apply(definitionsIn(world, phase))
    await players.play(phase)
    const present = world.sources.filter(({ since }) => since <= phase)
    const readings = await readOnline(line, world, phase)
    const frames = new Map(
      await Promise.all(
        present.map(async source => [source, await readFrame(line, source)] as const),
      ),
    )
    const { accepted } = players
    await expectAgreement(duck, line, world, phase, { accepted, frames, readings })
  }
  await players.close()
}

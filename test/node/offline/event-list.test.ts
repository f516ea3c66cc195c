import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { EventListError, openOffline } from '../../../client/offline/index.ts'
import { getWorkspace } from '../../../client/workspace/index.ts'
import { tempFolder } from '../../cli/support/temp-folder.ts'
import { both, second } from '../../line/support/training-definitions.ts'

const workspace = getWorkspace('nobody', {
  url: 'http://127.0.0.1:1',
  key: 'none',
  fetch: async () => Promise.reject(new Error('Nobody may be asked.')),
})
const stranger = openOffline(workspace)

describe('an event list', () => {
  it('names each bad row before anything is fetched', async () => {
    const bad = [
      { user: 'u1', shop: 7, when: second(1) },
      { shop: 7, when: second(1) },
      { user: 5, shop: '7.5', when: second(1) },
      { user: 'u1', shop: 7, when: 'yesterday' },
    ]
    const error = await stranger
      .getFeaturesForEvents(both, bad, { timestampKey: 'when' })
      .catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(EventListError)
    expect(error).toMatchObject({
      total: 4,
      bad: [
        { index: 1, column: 'user', got: null },
        { index: 2, column: 'shop', got: '7.5' },
        { index: 2, column: 'user', got: '5' },
        { index: 3, column: 'when', got: 'yesterday' },
      ],
    })
    expect(`${error}`).toContain('row 2: "shop" is int64 but received "7.5"')
    const refusal = (events: readonly object[], options = {}) =>
      stranger.getFeaturesForEvents(both, events, options).catch(({ message }) => message)
    expect(await refusal([{ user: 'a', when: second(1) }], { timestampKey: 'when' })).toMatch(
      /There is no column "shop"; the columns are user, when/,
    )
    expect(await refusal([])).toMatch(/The list is empty/)
    expect(await refusal([{ user: 'a', shop: 1, label: 'x' }])).toMatch(
      /Name the column that says when/,
    )
  })

  it('is let go of by a signal, and leaves nothing in the temporary folder', async () => {
    const temporaryFolder = await tempFolder()
    const offline = openOffline(workspace, { temporaryFolder })
    const ended = new AbortController()
    // The signal comes while the list is read.
    async function* events() {
      yield { user: 'u1', shop: 7, when: second(1) }
      ended.abort(new Error('enough'))
    }
    await expect(
      offline.getFeaturesForEvents(both, events(), { timestampKey: 'when', signal: ended.signal }),
    ).rejects.toThrow('enough')
    expect(await readdir(temporaryFolder)).toEqual([])
  })
})

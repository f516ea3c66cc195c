import { describe, expect, it } from 'vitest'
import { storageOutbox } from '../../client/storage-outbox.ts'
import { type EntryStore, type StoreHost, storedOutbox } from '../../client/stored-outbox.ts'
import { keptTexts } from './support/kept-texts.ts'
import { accept, answer, fail, sequencesOf } from './support/scripted-fetch.ts'
import { setUp } from './support/set-up.ts'
import { producers, sharedOutbox } from './support/shared-outbox.ts'

const first = '01'.repeat(16)

describe.each([false, true])(
  'a producer that is lost, while its record is being saved: %s',
  early => {
    it('gives its record to the next one, which sends it', async () => {
      let host: StoreHost | undefined
      let end = (_: readonly string[]) => {}
      const store: EntryStore = {
        load: async () => false,
        save: async changed =>
          changed[0]?.entry.producer === first
            ? new Promise<readonly string[]>(resolve => {
                end = resolve
              })
            : undefined,
        forget: async () => undefined,
        release: async () => {},
      }
      const outbox = storedOutbox(given => {
        host = given
        return store
      }, {})
      const { client, clock, push, requests } = setUp([], { outbox, ...producers() })
      const receipt = push(1)
      await clock.turn()
      if (early) host?.lose(first)
      end([first])
      await clock.drain()
      expect(await receipt).toMatchObject({ status: 'accepted', sequence: 0 })
      expect(requests.map(({ body }) => body.producer)).toEqual(['02'.repeat(16)])
      expect(client.stats()).toMatchObject({ accepted: 1, dropped: 0, adopted: 0, pending: 0 })
    })
  },
)

describe('a page that is left and shown while its outbox lets go', () => {
  /** A page over a store of texts, and whether all that was pushed is settled in the end. */
  async function page() {
    const { storage, texts } = keptTexts()
    const { lifecycle, page } = sharedOutbox()
    const made = setUp([], { outbox: storageOutbox({ storage }), lifecycle, ...producers() })
    await made.clock.turn()
    const come = async () => {
      let isFlushed = false
      void made.client.flush().then(() => {
        isFlushed = true
      })
      await made.clock.advance(3_600_000)
      expect(isFlushed).toBe(true)
      expect(made.client.stats()).toMatchObject({ pending: 0, inFlight: 0, dropped: 0 })
      expect(made.errors).toEqual([])
      expect([...texts.values()]).toEqual([])
    }
    return { ...made, leave: () => page()?.leave(), show: () => page()?.show(), come }
  }

  it('goes on with what is pushed at once', async () => {
    const { leave, show, push, come, requests } = await page()
    leave()
    show()
    push(1)
    await come()
    expect(requests.at(-1)?.text).toContain('"n":1')
  })

  it('sends what was pushed in the handler when it is back, once', async () => {
    const { clock, leave, show, push, come, requests } = await page()
    leave()
    push(1)
    await clock.turn()
    show()
    await come()
    expect(requests.map(request => sequencesOf(request))).toEqual([[0]])
  })

  it('may be left again at once', async () => {
    const { clock, leave, show, push, steps, come, requests } = await page()
    push(1)
    await clock.turn()
    steps.push(accept)
    leave()
    show()
    leave()
    await clock.turn()
    show()
    await come()
    expect(requests[0]?.text).toContain('"n":1')
  })
})

describe('what is settled but could not be forgotten', () => {
  it('is no news to the client that settled it', async () => {
    const { storage, state } = keptTexts()
    const { lifecycle, page } = sharedOutbox()
    const { clock, client, push, requests } = setUp([accept, fail], {
      outbox: storageOutbox({ storage }),
      lifecycle,
    })
    await clock.turn()
    state.isBusy = true
    push(0)
    await clock.advance(1_000)
    expect(client.stats().accepted).toBe(1)
    const receipt = push(1)
    page()?.show()
    await clock.drain()
    expect(await receipt).toMatchObject({ status: 'accepted', sequence: 1 })
    for (const { body } of requests.slice(1))
      expect([body.floors?.clicks, body.records.clicks?.length]).toEqual([1, 1])
  })
})

describe('an outbox that is full as its page is left', () => {
  it('has its record dropped, and not called adopted', async () => {
    const { storage } = keptTexts()
    const { lifecycle, page } = sharedOutbox()
    const outbox = storageOutbox({ storage, maxRecords: 1 })
    const { clock, push } = setUp([answer(503)], { outbox, lifecycle })
    await clock.turn()
    const kept = push(1)
    await clock.advance(150)
    const refused = push(2)
    page()?.leave()
    await clock.turn()
    expect(await kept).toMatchObject({ status: 'adopted' })
    expect(await refused).toMatchObject({ status: 'dropped', code: 'outbox' })
  })
})

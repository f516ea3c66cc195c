import { createClient } from '../client.ts'
import type { Client, ClientOptions, Pushed, Source } from '../client-contract.ts'

/** A client that is there while somebody holds it, and for as long as a record needs where nobody does. */
export interface KeptClient extends Pick<Client, 'push' | 'setKey'> {
  /** Opens the client, unless it is open; gives what lets go of it. */
  hold(): () => void
}

/** Gives a client that opens with its first holder or record and closes when nobody holds it any more. */
export function keptClient(options: ClientOptions): KeptClient {
  let { key } = options
  let holders = 0
  let client: Client | undefined
  /** The end of the client before, as long as it still uses the outbox: only one at a time may. */
  let ending: Promise<unknown> | undefined

  function open(): Client {
    client ??= createClient({ ...options, key })
    return client
  }

  /**
   * Closes, a microtask later, what nobody holds. Not at once: React lets go and holds again in one turn, when
   * StrictMode rehearses an unmount or a module is replaced, and children push before their provider holds.
   */
  async function closeUnheld() {
    await undefined
    if (holders > 0 || !client) return
    const closed = client.close()
    client = undefined
    if (!options.outbox) return
    ending = closed
    await closed
    ending = undefined
    if (holders > 0) open()
  }

  function push<S extends Source>(
    source: S,
    record: Pushed<NoInfer<S>>,
  ): ReturnType<Client['push']> {
    if (ending) {
      // As it is now: its owner may change it meanwhile.
      const copy = Object.assign({}, record)
      return { accepted: ending.then(() => push(source, copy).accepted) }
    }
    if (holders === 0) void closeUnheld()
    return open().push(source, record)
  }

  return {
    push,
    setKey(next) {
      if (next === key) return
      key = next
      client?.setKey(key)
    },
    hold() {
      holders += 1
      if (!ending) open()
      return () => {
        holders -= 1
        void closeUnheld()
      }
    },
  }
}

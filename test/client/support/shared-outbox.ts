import {
  type Lifecycle,
  memoryOutbox,
  type Outbox,
  type OutboxOwner,
} from '../../../client/index.ts'

/** A memory outbox that says when its owner changes, and a page that a test leaves and comes back to. */
export function sharedOutbox() {
  const inner = memoryOutbox()
  const calls: string[] = []
  let owner: OutboxOwner | undefined
  let owned = true
  const outbox: Outbox = {
    ...inner,
    own(given) {
      owner = given
    },
    load() {
      calls.push('load')
      return owned ? inner.load() : []
    },
    async attempt(entries) {
      if (owned) return inner.attempt(entries)
      for (const { producer } of entries) owner?.disown(producer, [])
      throw new Error('Somebody else owns this.')
    },
    release: () => void calls.push('release'),
  }
  let events: Parameters<Lifecycle['watch']>[0] | undefined
  const lifecycle: Lifecycle = {
    watch(given) {
      events = given
      return () => {
        events = undefined
      }
    },
  }
  return {
    outbox,
    lifecycle,
    inner,
    calls,
    owner: () => owner,
    page: () => events,
    lose: () => {
      owned = false
    },
  }
}

/** Producers of its own for each time that bytes are asked for. */
export function producers() {
  let count = 0
  return { randomBytes: (bytes: number) => new Uint8Array(bytes).fill(++count) }
}

export interface GroupCommit<Message, Result> {
  /** Stores a message with all that arrive before it is confirmed; resolves when it is durable. */
  append(message: Message): Promise<Result>
}

/**
 * Turns messages that arrive while a write is being confirmed into the next group: one transaction and one
 * sync for all of them. When a group cannot be stored, each of its messages fails with the cause.
 */
export function createGroupCommit<Message, Result>(
  store: (messages: readonly Message[]) => readonly Result[],
  confirm: () => Promise<void>,
): GroupCommit<Message, Result> {
  interface Waiting {
    readonly message: Message
    readonly resolve: (result: Result) => void
    readonly reject: (cause: unknown) => void
  }
  let waiting: Waiting[] = []
  let draining = false

  const drain = async () => {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        const results = store(group.map(({ message }) => message))
        await confirm()
        for (const [at, result] of results.entries()) group[at]?.resolve(result)
      } catch (cause) {
        for (const { reject } of group) reject(cause)
      }
    }
    draining = false
  }

  return {
    append: message =>
      new Promise((resolve, reject) => {
        waiting.push({ message, resolve, reject })
        if (draining) return
        draining = true
        void drain()
      }),
  }
}

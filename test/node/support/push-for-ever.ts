import { writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { createClient } from '../../../client/index.ts'
import { fileOutbox } from '../../../client/node/file-outbox.ts'
import { Field, String } from '../../../shared/types.ts'

/** What the program is started with, as JSON: it pushes until it is killed, or flushes and ends. */
export interface PushForEver {
  readonly url: string
  readonly path: string
  /** Names of the records begin so; without one nothing is pushed. */
  readonly prefix?: string
}

const { url, path, prefix }: PushForEver = JSON.parse(process.argv[2] ?? '{}')
const clicks = { name: 'clicks', schema: [Field('user', String)] }
/** Written at once: what was said before a kill is said. */
const say = (word: string, name: string) => writeSync(1, `${word} ${name}\n`)

const inner = fileOutbox({ path })
const client = createClient({
  url,
  key: 'key',
  workspace: 'demo',
  limits: { lingerMs: 3, maxBatchRecords: 9, maxBackoffMs: 20 },
  outbox: {
    ...inner,
    async append(entry) {
      await inner.append(entry)
      say('kept', JSON.parse(entry.text).user)
    },
  },
  onError: ({ reason }) => say('error', reason),
})
if (prefix === undefined) {
  await client.flush()
  say('left', `${client.stats().pending}`)
  await client.close()
} else
  for (let n = 0; ; n += 1) {
    const user = `${prefix}.${n}`
    void client.push(clicks, { user }).accepted.then(({ status }) => say(status, user))
    if (n % 3 === 2) await wait(4)
  }

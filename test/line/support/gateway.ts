import { fileURLToPath } from 'node:url'
import { createTestHarness } from 'wrangler'
import { keyEntryOf } from '../../../shared/keys.ts'
import { testKey } from '../../support/test-keys.ts'
import { type Line, openLine } from './line.ts'

/** Workspaces that a test gateway has keys for. */
export const maxLines = 256
const objectClasses = ['Registry', 'Catalogue', 'LogPartition', 'FeatureShard']
const workspaceIds = Array.from(
  { length: maxLines },
  (_, at) =>
    `aaaaaaaz${String.fromCharCode(97 + (at >> 4))}${String.fromCharCode(97 + (at & 15))}-auto`,
)

export interface LineGateway {
  readonly url: string
  /** A workspace that nothing was applied to yet; `between` happens before each of its requests. */
  line(between?: () => Promise<void>): Line
  /** Takes every Durable Object out of memory; what they stored stays. Gives how many were in it. */
  evictAll(): Promise<number>
  /** What the gateway reported: things that must not happen. */
  reports(): readonly string[]
  close(): Promise<void>
}

/** What workerd says of itself when a busy machine let an alarm run some milliseconds late. */
const lateAlarm = 'NOSENTRY SQLite alarm overdue'

/** Starts the gateway in workerd, its storage in memory. Takes about a second. */
export async function startGateway(): Promise<LineGateway> {
  // Spares a look-up outside that only costs time.
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'
  const keys = workspaceIds.flatMap(id => [testKey('admin', id), testKey('ingest', id)])
  const harness = createTestHarness({
    workers: [
      {
        configPath: fileURLToPath(new URL('../../../wrangler.toml', import.meta.url)),
        vars: { TIDEGATE_KEYS: (await Promise.all(keys.map(keyEntryOf))).join(',') },
      },
    ],
  })
  const { url } = await harness.listen()
  const worker = harness.getWorker()
  let taken = 0
  return {
    url: url.origin,
    line(between) {
      const id = workspaceIds[taken++]
      if (id === undefined) throw new Error('All workspaces of this test gateway are taken.')
      return openLine({
        url: url.origin,
        adminKey: testKey('admin', id),
        ingestKey: testKey('ingest', id),
        workspace: `line${taken}`,
        fetch: (target, request) => fetch(target, request),
        ...(between === undefined ? {} : { between }),
      })
    },
    async evictAll() {
      const evicted = await Promise.all(
        objectClasses.map(async name => {
          const ids = await worker.listDurableObjectIds(name)
          return Promise.all(
            ids.map(id => worker.evictDurableObject(name, { id }).then(() => true, isIdle)),
          )
        }),
      )
      return evicted.flat().filter(Boolean).length
    },
    reports: () =>
      harness
        .getLogs()
        .filter(({ level }) => level === 'error' || level === 'warn')
        .map(({ message }) => message)
        .filter(message => !message.startsWith(lateAlarm)),
    close: () => harness.close(),
  }
}

/** Gives false for an object that was not in memory anyway; any other failure goes on. */
function isIdle(cause: unknown): false {
  if (String(cause).includes('not currently running')) return false
  throw cause
}

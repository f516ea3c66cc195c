import { createClient } from '../../../client/client.ts'
import { idbOutbox } from '../../../client/idb-outbox.ts'
import type { Fetch } from '../../../client/post-batch.ts'
import type { Lifecycle } from '../../../client/surroundings.ts'
import { clicks } from '../../support/page-source.ts'
import { patientClock } from './patient-clock.ts'

export interface TabProgramParts {
  readonly url: string
  readonly key: string
  readonly workspace: string
  readonly name: string
  readonly fetch?: Fetch
  /** The tab is not told of its end. */
  readonly isKilled: boolean
}

const nothing: Lifecycle = { watch: () => () => {} }

/** What a test does with a tab's client from outside. */
export function startTab({ name, isKilled, fetch, ...parts }: TabProgramParts) {
  const errors: string[] = []
  const client = createClient({
    ...parts,
    ...(fetch && { fetch }),
    ...(isKilled && { lifecycle: nothing }),
    outbox: idbOutbox({ name, clock: patientClock }),
    // The model gateway reads no gzip.
    compress: false,
    limits: { lingerMs: 5, maxBatchRecords: 7, maxBackoffMs: 50 },
    onError: ({ reason }) => errors.push(reason),
  })
  const receipts: string[] = []
  return {
    errors,
    receipts,
    client,
    push(user: string) {
      void client
        .push(clicks, { user, at: '2026-01-02T03:04:05Z' })
        .accepted.then(({ status }) => receipts.push(`${user} ${status}`))
    },
  }
}

Object(globalThis).startTab = startTab

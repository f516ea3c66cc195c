import type { Env } from '../env.ts'
import type { DefinitionsCache } from '../ingest/definitions-cache.ts'
import type { Clock, FeatureCopies, PartStore, Peers, Random, Report } from '../ports.ts'
import type { Holder } from './authenticate.ts'

/** What routes work with. */
export interface Services {
  readonly clock: Clock
  readonly random: Random
  readonly peers: Peers
  readonly parts: PartStore
  readonly copies: FeatureCopies
  readonly definitions: DefinitionsCache
  readonly report: Report
}

/** What a request carries through the app. */
export type AppEnv = {
  Bindings: Env
  Variables: { services: Services; holder: Holder }
}

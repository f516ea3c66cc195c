import type { Env } from './env.ts'
import { createDefinitionsCache, type DefinitionsCache } from './ingest/definitions-cache.ts'
import { platformPeers } from './platform/peers.ts'
import {
  platformClock,
  platformEdgeCopy,
  platformParts,
  platformRandom,
  platformReport,
} from './platform/ports.ts'
import type { Clock, PartStore, Peers, Random, Report } from './ports.ts'

/** What routes work with. */
export interface Services {
  readonly clock: Clock
  readonly random: Random
  readonly peers: Peers
  readonly parts: PartStore
  readonly definitions: DefinitionsCache
  readonly report: Report
}

/** Makes a Worker's services over its bindings. */
export function makeServices(env: Env): Services {
  const clock = platformClock
  const peers = platformPeers(env)
  const edge = platformEdgeCopy(env.DEFINITIONS)
  return {
    clock,
    random: platformRandom,
    peers,
    parts: platformParts(env.LOG),
    definitions: createDefinitionsCache({ clock, edge, peers, report: platformReport }),
    report: platformReport,
  }
}

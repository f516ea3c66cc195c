import type { Env } from './env.ts'
import { createDefinitionsCache } from './ingest/definitions-cache.ts'
import { platformFeatureCopies } from './platform/feature-copies.ts'
import { platformPeers } from './platform/peers.ts'
import {
  platformClock,
  platformEdgeCopy,
  platformParts,
  platformRandom,
  platformReport,
} from './platform/ports.ts'
import type { Services } from './routes/app-env.ts'

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
    copies: platformFeatureCopies(env.FEATURES),
    definitions: createDefinitionsCache({ clock, edge, peers, report: platformReport }),
    report: platformReport,
  }
}

import { env } from 'cloudflare:workers'
import { platformFeatureCopies } from '../../../gateway/platform/feature-copies.ts'
import { platformPeers } from '../../../gateway/platform/peers.ts'
import { platformClock, platformReport } from '../../../gateway/platform/ports.ts'
import type { FeaturesPorts } from '../../../gateway/routes/read-rows.ts'

/** What the Worker reads features with. */
export function featuresPorts(): FeaturesPorts {
  return {
    clock: platformClock,
    copies: platformFeatureCopies(env.FEATURES),
    peers: platformPeers(env),
    report: platformReport,
  }
}

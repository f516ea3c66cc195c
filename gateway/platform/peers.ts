import type { Location } from '../../shared/keys.ts'
import type { LogPartitionContract } from '../contracts/log-partition-contract.ts'
import type { Env } from '../env.ts'
import type { Peers } from '../ports.ts'
import { objectNames } from './object-names.ts'

/**
 * The other objects as stubs, each got by its name and placed near its workspace at creation. A fresh stub
 * for every call: one is broken after an exception.
 */
export function platformPeers(env: Env): Peers {
  return {
    registry: workspaceId =>
      env.REGISTRY.getByName(objectNames.registry(workspaceId), placeOf(workspaceId)),
    catalogue: (workspaceId, sourceId) =>
      env.CATALOGUE.getByName(objectNames.catalogue(workspaceId, sourceId), placeOf(workspaceId)),
    partition: (workspaceId, sourceId, partition) =>
      // The stub's type widens tuples to arrays; both ends are built from the same contract.
      env.LOG_PARTITION.getByName(
        objectNames.partition(workspaceId, sourceId, partition),
        placeOf(workspaceId),
      ) as unknown as LogPartitionContract,
    shard: (workspaceId, entitySetId, shard) =>
      env.FEATURE_SHARD.getByName(
        objectNames.shard(workspaceId, entitySetId, shard),
        placeOf(workspaceId),
      ),
  }
}

const hints: { readonly [place in Exclude<Location, 'auto'>]: DurableObjectLocationHint } = {
  wnam: 'wnam',
  enam: 'enam',
  sam: 'sam',
  weur: 'weur',
  eeur: 'eeur',
  apac: 'apac',
  oc: 'oc',
  afr: 'afr',
  me: 'me',
}

/** A workspace id ends in its location hint; `auto` leaves the place to the platform. */
function placeOf(workspaceId: string): DurableObjectNamespaceGetDurableObjectOptions {
  const place = workspaceId.slice(workspaceId.lastIndexOf('-') + 1)
  const hint = Object.entries(hints).find(([name]) => name === place)?.[1]
  return hint === undefined ? {} : { locationHint: hint }
}

import type { FeatureShardContract } from '../contracts/feature-shard-contract.ts'
import type { Ports } from '../ports.ts'
import { openFeatureShard } from './feature-shard.ts'
import { shardStatements } from './shard-statements.ts'
import { splitStatements } from './split-statements.ts'
import { type ShardIdentity, takeSlots } from './take-slots.ts'
import type { FoldLatest } from './view-rule.ts'

type Shard = FeatureShardContract & { alarm(): Promise<void> }

/**
 * One shard of an entity set. A new one first takes its slots over from the shard that had them; whoever
 * calls it meanwhile waits for that.
 */
export function createFeatureShard(
  ports: Ports,
  identity: ShardIdentity,
  fold?: FoldLatest,
): Shard {
  const { storage } = ports
  const split = splitStatements(storage, identity.shard)
  const statements = shardStatements(storage)
  storage.transaction(() => {
    statements.createTables()
    split.createTables()
  })
  const open = () => openFeatureShard(ports, identity, statements, split, fold)
  let shard = split.split().taken ? open() : undefined
  let taking: Promise<void> | undefined

  const whole = async (): Promise<Shard> => {
    if (shard !== undefined) return shard
    taking ??= takeSlots(ports, identity, statements, split).finally(() => {
      taking = undefined
    })
    await taking
    shard ??= open()
    return shard
  }

  return {
    deliver: message => shard?.deliver(message) ?? whole().then(own => own.deliver(message)),
    read: message => shard?.read(message) ?? whole().then(own => own.read(message)),
    state: message => shard?.state(message) ?? whole().then(own => own.state(message)),
    refresh: message => whole().then(own => own.refresh(message)),
    giveSlots: message => whole().then(own => own.giveSlots(message)),
    releaseSlots: message => whole().then(own => own.releaseSlots(message)),
    alarm: async () => shard?.alarm(),
  }
}

import { DurableObject } from 'cloudflare:workers'
import { createApp } from './app.ts'
import type * as contracts from './contracts.ts'
import type { Env } from './env.ts'
import { createLogPartition } from './log/log-partition.ts'
import { createCatalogue } from './offline/catalogue.ts'
import { createFeatureShard } from './online/split-shard.ts'
import { idsOf } from './platform/object-names.ts'
import { platformPorts } from './platform/ports.ts'
import { createRegistry } from './registry/registry.ts'
import { sweepWorkspaces } from './sweep-workspaces.ts'

/** The object of a workspace's definitions. The classes here only adapt: RPC wants methods on a class. */
export class Registry extends DurableObject<Env> implements contracts.RegistryContract {
  readonly #registry: ReturnType<typeof createRegistry>
  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    const [workspaceId = ''] = idsOf(state.id.name, 1)
    this.#registry = createRegistry(platformPorts(state, env), { workspaceId })
  }
  apply(message: contracts.ApplyMessage) {
    return this.#registry.apply(message)
  }
  scale(message: contracts.ScaleMessage) {
    return this.#registry.scale(message)
  }
  definitions(message: Parameters<contracts.RegistryContract['definitions']>[0]) {
    return this.#registry.definitions(message)
  }
  applied(message: contracts.Message) {
    return this.#registry.applied(message)
  }
  source(message: Parameters<contracts.RegistryContract['source']>[0]) {
    return this.#registry.source(message)
  }
  sweep(message: contracts.Message) {
    return this.#registry.sweep(message)
  }
  override alarm() {
    return this.#registry.alarm()
  }
}

/** The object of a source's partitions, parts and marks. */
export class Catalogue extends DurableObject<Env> implements contracts.CatalogueContract {
  readonly #catalogue: ReturnType<typeof createCatalogue>
  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    const [workspaceId = '', sourceId = ''] = idsOf(state.id.name, 2)
    this.#catalogue = createCatalogue(platformPorts(state, env), { workspaceId, sourceId })
  }
  declare(message: Parameters<contracts.CatalogueContract['declare']>[0]) {
    return this.#catalogue.declare(message)
  }
  commit(message: contracts.CommitMessage) {
    return this.#catalogue.commit(message)
  }
  list(message: contracts.ListMessage) {
    return this.#catalogue.list(message)
  }
  part(message: Parameters<contracts.CatalogueContract['part']>[0]) {
    return this.#catalogue.part(message)
  }
  journal(message: Parameters<contracts.CatalogueContract['journal']>[0]) {
    return this.#catalogue.journal(message)
  }
  resume(message: contracts.Message) {
    return this.#catalogue.resume(message)
  }
  note(message: Parameters<contracts.CatalogueContract['note']>[0]) {
    return this.#catalogue.note(message)
  }
  sweep(message: contracts.Message) {
    return this.#catalogue.sweep(message)
  }
  override alarm() {
    return this.#catalogue.alarm()
  }
}

/** The object of one ordered piece of a source's log. */
export class LogPartition extends DurableObject<Env> implements contracts.LogPartitionContract {
  readonly #partition: ReturnType<typeof createLogPartition>
  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    const [workspaceId = '', sourceId = '', partition] = idsOf(state.id.name, 3)
    this.#partition = createLogPartition(platformPorts(state, env), {
      workspaceId,
      sourceId,
      partition: Number(partition),
    })
  }
  append(message: contracts.AppendMessage) {
    return this.#partition.append(message)
  }
  subscribe(message: contracts.SubscribeMessage) {
    return this.#partition.subscribe(message)
  }
  takeOver(message: contracts.TakeOverMessage) {
    return this.#partition.takeOver(message)
  }
  catchUp(message: contracts.CatchUpMessage) {
    return this.#partition.catchUp(message)
  }
  readTail(message: contracts.ReadTailMessage) {
    return this.#partition.readTail(message)
  }
  snapshot(message: contracts.SnapshotMessage) {
    return this.#partition.snapshot(message)
  }
  roll(message: contracts.Message) {
    return this.#partition.roll(message)
  }
  resume(message: contracts.Message) {
    return this.#partition.resume(message)
  }
  wake(message: contracts.Message) {
    return this.#partition.wake(message)
  }
  override alarm() {
    return this.#partition.alarm()
  }
}

/** The object of an entity set's online state. */
export class FeatureShard extends DurableObject<Env> implements contracts.FeatureShardContract {
  readonly #shard: ReturnType<typeof createFeatureShard>
  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    const [workspaceId = '', entitySetId = '', shard] = idsOf(state.id.name, 3)
    this.#shard = createFeatureShard(platformPorts(state, env), {
      workspaceId,
      entitySetId,
      shard: Number(shard),
    })
  }
  deliver(message: contracts.DeliverMessage) {
    return this.#shard.deliver(message)
  }
  read(message: contracts.ReadFeaturesMessage) {
    return this.#shard.read(message)
  }
  giveSlots(message: contracts.GiveSlotsMessage) {
    return this.#shard.giveSlots(message)
  }
  releaseSlots(message: Parameters<contracts.FeatureShardContract['releaseSlots']>[0]) {
    return this.#shard.releaseSlots(message)
  }
  state(message: contracts.Message) {
    return this.#shard.state(message)
  }
  override alarm() {
    return this.#shard.alarm()
  }
}

const app = createApp()

export default {
  fetch: app.fetch,
  scheduled: (_controller, env, context) => context.waitUntil(sweepWorkspaces(env)),
} satisfies ExportedHandler<Env>

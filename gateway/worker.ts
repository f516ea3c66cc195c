import { DurableObject } from 'cloudflare:workers'
import { createApp } from './app.ts'
import type { AppendMessage } from './contracts/append.ts'
import type {
  CatalogueContract,
  CommitMessage,
  ListMessage,
} from './contracts/catalogue-contract.ts'
import type {
  DeliverMessage,
  FeatureShardContract,
  GiveSlotsMessage,
  ReadFeaturesMessage,
} from './contracts/feature-shard-contract.ts'
import type {
  CatchUpMessage,
  LogPartitionContract,
  ReadTailMessage,
  SnapshotMessage,
  SubscribeMessage,
  TakeOverMessage,
} from './contracts/log-partition-contract.ts'
import type { Message } from './contracts/message.ts'
import type {
  ApplyMessage,
  PlanMessage,
  RegistryContract,
  RollbackMessage,
  ScaleMessage,
} from './contracts/registry-contract.ts'
import type { Env } from './env.ts'
import { createLogPartition } from './log/log-partition.ts'
import { createCatalogue } from './offline/catalogue.ts'
import { copyingShard } from './online/copy-writer.ts'
import { createFeatureShard } from './online/split-shard.ts'
import { platformFeatureCopies } from './platform/feature-copies.ts'
import { idsOf } from './platform/object-names.ts'
import { platformPorts } from './platform/ports.ts'
import { createRegistry } from './registry/registry.ts'
import { sweepWorkspaces } from './sweep-workspaces.ts'

/** The object of a workspace's definitions. The classes here only adapt: RPC wants methods on a class. */
export class Registry extends DurableObject<Env> implements RegistryContract {
  readonly #registry: ReturnType<typeof createRegistry>
  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    const [workspaceId = ''] = idsOf(state.id.name, 1)
    this.#registry = createRegistry(platformPorts(state, env), { workspaceId })
  }
  plan(message: PlanMessage) {
    return this.#registry.plan(message)
  }
  planRollback(message: RollbackMessage) {
    return this.#registry.planRollback(message)
  }
  apply(message: ApplyMessage) {
    return this.#registry.apply(message)
  }
  create(message: Parameters<RegistryContract['create']>[0]) {
    return this.#registry.create(message)
  }
  remove(message: Parameters<RegistryContract['remove']>[0]) {
    return this.#registry.remove(message)
  }
  workspace(message: Message) {
    return this.#registry.workspace(message)
  }
  history(message: Parameters<RegistryContract['history']>[0]) {
    return this.#registry.history(message)
  }
  version(message: Parameters<RegistryContract['version']>[0]) {
    return this.#registry.version(message)
  }
  scale(message: ScaleMessage) {
    return this.#registry.scale(message)
  }
  definitions(message: Parameters<RegistryContract['definitions']>[0]) {
    return this.#registry.definitions(message)
  }
  applied(message: Message) {
    return this.#registry.applied(message)
  }
  source(message: Parameters<RegistryContract['source']>[0]) {
    return this.#registry.source(message)
  }
  retired(message: Message) {
    return this.#registry.retired(message)
  }
  sweep(message: Message) {
    return this.#registry.sweep(message)
  }
  override alarm() {
    return this.#registry.alarm()
  }
}

/** The object of a source's partitions, parts and marks. */
export class Catalogue extends DurableObject<Env> implements CatalogueContract {
  readonly #catalogue: ReturnType<typeof createCatalogue>
  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    const [workspaceId = '', sourceId = ''] = idsOf(state.id.name, 2)
    this.#catalogue = createCatalogue(platformPorts(state, env), { workspaceId, sourceId })
  }
  declare(message: Parameters<CatalogueContract['declare']>[0]) {
    return this.#catalogue.declare(message)
  }
  commit(message: CommitMessage) {
    return this.#catalogue.commit(message)
  }
  list(message: ListMessage) {
    return this.#catalogue.list(message)
  }
  part(message: Parameters<CatalogueContract['part']>[0]) {
    return this.#catalogue.part(message)
  }
  journal(message: Parameters<CatalogueContract['journal']>[0]) {
    return this.#catalogue.journal(message)
  }
  resume(message: Message) {
    return this.#catalogue.resume(message)
  }
  note(message: Parameters<CatalogueContract['note']>[0]) {
    return this.#catalogue.note(message)
  }
  sweep(message: Message) {
    return this.#catalogue.sweep(message)
  }
  override alarm() {
    return this.#catalogue.alarm()
  }
}

/** The object of one ordered piece of a source's log. */
export class LogPartition extends DurableObject<Env> implements LogPartitionContract {
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
  append(message: AppendMessage) {
    return this.#partition.append(message)
  }
  subscribe(message: SubscribeMessage) {
    return this.#partition.subscribe(message)
  }
  takeOver(message: TakeOverMessage) {
    return this.#partition.takeOver(message)
  }
  catchUp(message: CatchUpMessage) {
    return this.#partition.catchUp(message)
  }
  readTail(message: ReadTailMessage) {
    return this.#partition.readTail(message)
  }
  snapshot(message: SnapshotMessage) {
    return this.#partition.snapshot(message)
  }
  roll(message: Message) {
    return this.#partition.roll(message)
  }
  resume(message: Message) {
    return this.#partition.resume(message)
  }
  wake(message: Message) {
    return this.#partition.wake(message)
  }
  override alarm() {
    return this.#partition.alarm()
  }
}

/** The object of an entity set's online state. */
export class FeatureShard extends DurableObject<Env> implements FeatureShardContract {
  readonly #shard: ReturnType<typeof createFeatureShard>
  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    const [workspaceId = '', entitySetId = '', shard] = idsOf(state.id.name, 3)
    const ports = platformPorts(state, env)
    const identity = { workspaceId, entitySetId, shard: Number(shard) }
    this.#shard = copyingShard(createFeatureShard(ports, identity), workspaceId, {
      ...ports,
      copies: platformFeatureCopies(env.FEATURES),
    })
  }
  deliver(message: DeliverMessage) {
    return this.#shard.deliver(message)
  }
  read(message: ReadFeaturesMessage) {
    return this.#shard.read(message)
  }
  refresh(message: Message) {
    return this.#shard.refresh(message)
  }
  giveSlots(message: GiveSlotsMessage) {
    return this.#shard.giveSlots(message)
  }
  releaseSlots(message: Parameters<FeatureShardContract['releaseSlots']>[0]) {
    return this.#shard.releaseSlots(message)
  }
  state(message: Message) {
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

import type { CatalogueContract } from '../../gateway/contracts/catalogue-contract.ts'
import type { FeatureShardContract } from '../../gateway/contracts/feature-shard-contract.ts'
import type { LogPartitionContract } from '../../gateway/contracts/log-partition-contract.ts'
import type { RegistryContract } from '../../gateway/contracts/registry-contract.ts'
import { createLogPartition } from '../../gateway/log/log-partition.ts'
import { createCatalogue } from '../../gateway/offline/catalogue.ts'
import { createFeatureShard } from '../../gateway/online/split-shard.ts'
import type { EdgeCopy, Peers, Ports } from '../../gateway/ports.ts'
import { createRegistry } from '../../gateway/registry/registry.ts'
import { type Actor, whileAlive } from './actor.ts'
import { copyMessage } from './copy-message.ts'
import { foldCounted } from './fold-counted.ts'
import { createCalls, type Owner } from './sim-calls.ts'
import { type ObjectContext, type SimObject, simObject } from './sim-object.ts'
import { type PageRoom, pageSizes, sizes } from './sim-sizes.ts'
import { type SimPart, simStore } from './sim-store.ts'
import { createDeploy, type Deploy, inFormatsOf, olderStorage } from './versions.ts'

export interface SimWorld {
  /** The ports of any actor: calls that leave it pass its gate and the faults. */
  portsFor(actor: Actor): Omit<Ports, 'storage'>
  /** Ports of whoever watches the run: calls without faults, delays and traces. */
  readonly watching: Pick<Ports, 'peers' | 'parts'>
  /** Which version everything runs. */
  readonly deploy: Deploy
  readonly objects: ReadonlyMap<string, SimObject<object>>
  readonly parts: ReadonlyMap<string, SimPart>
  /** The next put finds other records under its name. */
  squatNextPart(): void
  /** What production code reported: things that must not happen, and failures it met. */
  readonly reports: { readonly event: string; readonly facts: string }[]
  /** Takes an object, or the object store, away for a while: whoever calls it is refused. */
  takeAway(name: string, forMs: number): void
  /** Frees what the platform would keep. */
  close(): void
}

/** All objects of a gateway, its object store and its edge copy, over one virtual time. */
export function simWorld(context: ObjectContext, room: PageRoom = 'little'): SimWorld {
  const { time, random, faults, trace } = context
  const objects = new Map<string, SimObject<object>>()
  const edge = new Map<string, { text: string; before: string | undefined; changedMs: number }>()
  const reports: SimWorld['reports'] = []
  const { call, takeAway } = createCalls(context)
  const store = simStore(call)
  const { parts } = store
  const deploy = createDeploy(random)

  const objectOf = <Contract extends object>(
    name: string,
    create: (ports: Ports) => Contract & { alarm?(): Promise<void> },
  ): SimObject<Contract> => {
    const known = objects.get(name)
    // Names begin with their class, so a name never stands for another contract.
    if (known !== undefined) return known as unknown as SimObject<Contract>
    const made = simObject<Contract & { alarm?(): Promise<void> }>(
      context,
      name,
      ({ storage }, self) => {
        const isOlder = deploy.start(self) === 'older'
        return create({ ...portsFor(self), storage: isOlder ? olderStorage(storage) : storage })
      },
    )
    objects.set(name, made as unknown as SimObject<object>)
    return made as unknown as SimObject<Contract>
  }

  /** A stub: every method is a call from one actor to an object; messages are copied both ways. */
  const stub = <Contract extends object>(from: Owner, object: SimObject<Contract>): Contract =>
    new Proxy({} as Contract, {
      get: (_, method) => (message: unknown) => {
        const copy = copyMessage(message)
        const sent = deploy.versionOf(from.actor)
        const run = async (contract: Contract): Promise<unknown> => {
          const handler: unknown = Reflect.get(contract, method)
          if (typeof handler !== 'function') throw new Error(`There is no ${String(method)}.`)
          const heard = inFormatsOf(copy, sent, deploy.versionOf(object))
          return Reflect.apply(handler, contract, [heard])
        }
        return call(
          from,
          `${object.name}.${String(method)}`,
          async () => copyMessage(await object.invoke(run)),
          object as unknown as Actor,
        )
      },
    })

  const reach = <Contract extends object>(
    from: Owner | undefined,
    object: SimObject<Contract>,
  ): Contract => (from === undefined ? openStub(object) : stub(from, object))

  /** The watcher's stub: it waits for the output gate like everybody, and for nothing else. */
  const openStub = <Contract extends object>(object: SimObject<Contract>): Contract =>
    new Proxy({} as Contract, {
      get: (_, method) => (message: unknown) =>
        object.invoke(async contract => {
          const handler: unknown = Reflect.get(contract, method)
          if (typeof handler !== 'function') throw new Error(`There is no ${String(method)}.`)
          return Reflect.apply(handler, contract, [message])
        }),
    })

  const peersFor = (from: Owner | undefined): Peers => ({
    registry: workspaceId =>
      reach<RegistryContract>(
        from,
        objectOf(`registry ${workspaceId}`, ports => createRegistry(ports, { workspaceId })),
      ),
    catalogue: (workspaceId, sourceId) =>
      reach<CatalogueContract>(
        from,
        objectOf(`catalogue ${workspaceId}/${sourceId}`, ports =>
          createCatalogue(ports, { workspaceId, sourceId }),
        ),
      ),
    partition: (workspaceId, sourceId, partition) =>
      reach<LogPartitionContract>(
        from,
        objectOf(`partition ${workspaceId}/${sourceId}/${partition}`, ports =>
          createLogPartition(ports, { workspaceId, sourceId, partition }),
        ),
      ),
    shard: (workspaceId, entitySetId, shard) =>
      reach<FeatureShardContract>(
        from,
        objectOf(`shard ${workspaceId}/${entitySetId}/${shard}`, ports =>
          createFeatureShard(ports, { workspaceId, entitySetId, shard }, foldCounted),
        ),
      ),
  })

  const edgeFor = (from: Owner): EdgeCopy => ({
    put: (workspaceId, text) =>
      call(from, `edge put ${workspaceId}`, async () => {
        const before = edge.get(workspaceId)?.text
        edge.set(workspaceId, { text, before, changedMs: time.now() })
      }),
    get: workspaceId =>
      call(from, `edge get ${workspaceId}`, async () => {
        if (faults.happens('edge_missing')) return undefined
        const copy = edge.get(workspaceId)
        if (copy === undefined) return undefined
        const young = time.now() - copy.changedMs < 60_000
        return young && faults.happens('stale_edge') ? copy.before : copy.text
      }),
  })

  const portsFor = (actor: Actor): Omit<Ports, 'storage'> => {
    const { life } = actor
    const owner = { actor, life }
    return {
      clock: {
        now: () => time.now() + (actor.skewMs ?? 0),
        sleep: ms => whileAlive(actor, life, time.sleep(ms)),
      },
      random: {
        bytes: count => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
        number: random,
      },
      parts: store.portFor(owner),
      definitions: edgeFor(owner),
      peers: peersFor(owner),
      report: (event, facts) => {
        reports.push({ event, facts: JSON.stringify(facts) })
        trace(`report ${event} ${JSON.stringify(facts)}`)
      },
      ...sizes,
      pageSizes: pageSizes[room],
    }
  }

  const watching: SimWorld['watching'] = {
    peers: peersFor(undefined),
    parts: {
      putNew: () => Promise.reject(new Error('Whoever watches writes nothing.')),
      head: async key => parts.get(key)?.part,
      get: async key => parts.get(key)?.bytes.slice(),
      delete: () => Promise.reject(new Error('Whoever watches deletes nothing.')),
    },
  }
  const close = () => {
    for (const object of objects.values()) object.close()
  }

  const { squatNext: squatNextPart } = store
  return {
    portsFor,
    watching,
    deploy,
    objects,
    parts,
    squatNextPart,
    reports,
    takeAway,
    close,
  }
}

import { createHash } from 'node:crypto'
import type {
  CatalogueContract,
  FeatureShardContract,
  LogPartitionContract,
  RegistryContract,
} from '../../gateway/contracts.ts'
import { createLogPartition } from '../../gateway/log/log-partition.ts'
import { createCatalogue } from '../../gateway/offline/catalogue.ts'
import { createFeatureShard } from '../../gateway/online/split-shard.ts'
import type { EdgeCopy, PartStore, Peers, Ports, StoredPart } from '../../gateway/ports.ts'
import { createRegistry } from '../../gateway/registry/registry.ts'
import { type Actor, never, ObjectReset, whileAlive } from './actor.ts'
import { copyMessage } from './copy-message.ts'
import { type ObjectContext, type SimObject, simObject } from './sim-object.ts'
import { rollSizes, upkeepSizes } from './sim-sizes.ts'
import { createDeploy, type Deploy, inFormatsOf, olderStorage } from './versions.ts'

export interface SimWorld {
  /** The ports of any actor: calls that leave it pass its gate and the faults. */
  portsFor(actor: Actor): Omit<Ports, 'storage'>
  /** Ports of whoever watches the run: calls without faults, delays and traces. */
  readonly watching: Pick<Ports, 'peers' | 'parts'>
  /** Which version everything runs. */
  readonly deploy: Deploy
  readonly objects: ReadonlyMap<string, SimObject<object>>
  readonly parts: ReadonlyMap<string, { bytes: Uint8Array<ArrayBuffer>; part: StoredPart }>
  /** What production code reported: things that must not happen, and failures it met. */
  readonly reports: { readonly event: string; readonly facts: string }[]
  /** Takes an object, or the object store, away for a while: whoever calls it is refused. */
  takeAway(name: string, forMs: number): void
  /** Frees what the platform would keep. */
  close(): void
}

/** An actor in one of its lives: what calls in its name later is a ghost and gets no answer. */
interface Owner {
  readonly actor: Actor
  readonly life: number
}

/** All objects of a gateway, its object store and its edge copy, over one virtual time. */
export function simWorld(context: ObjectContext): SimWorld {
  const { time, random, faults, trace } = context
  const objects = new Map<string, SimObject<object>>()
  const parts = new Map<string, { bytes: Uint8Array<ArrayBuffer>; part: StoredPart }>()
  const edge = new Map<string, { text: string; before: string | undefined; changedMs: number }>()
  const reports: SimWorld['reports'] = []
  const awayUntil = new Map<string, number>()
  const deploy = createDeploy(random)

  /** One call that leaves an actor: gated, delayed, and whatever the faults say. */
  const call = async <T>(
    { actor: from, life }: Owner,
    place: string,
    work: () => Promise<T>,
    victim?: Actor,
  ): Promise<T> => {
    if (from.life !== life) return never<T>()
    await whileAlive(from, life, from.gate())
    const fault = faults.atCall()
    if (fault !== undefined) trace(`${from.name} ${place}: ${fault}`)
    await whileAlive(from, life, time.sleep(1 + random() * (fault === 'slow' ? 4_000 : 8)))
    if (fault === 'before' || isAway(place)) throw new ObjectReset()
    if (fault === 'crash_before') return crashOne(from, life, victim)
    const result = await whileAlive(from, life, work())
    if (fault === 'after') throw new ObjectReset()
    if (fault === 'crash_after') return crashOne(from, life, victim)
    await whileAlive(from, life, time.sleep(1 + random() * 4))
    return result
  }

  const isAway = (place: string) => {
    const name = /^(?:put|head|get|delete) /.test(place)
      ? 'store'
      : place.slice(0, place.lastIndexOf('.'))
    return (awayUntil.get(name) ?? 0) > time.now()
  }

  /** Either end of a call may die: the caller never hears of it, or hears that the other end did. */
  const crashOne = async <T>(from: Actor, life: number, victim: Actor | undefined): Promise<T> => {
    const dies = victim === undefined || random() < 0.5 ? from : victim
    dies.crash()
    if (from.life !== life) return never<T>()
    throw new ObjectReset()
  }

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
          createFeatureShard(ports, { workspaceId, entitySetId, shard }),
        ),
      ),
  })

  const partsFor = (from: Owner): PartStore => ({
    putNew: (key, bytes, metadata) =>
      call(from, `put ${key}`, async () => {
        if (parts.has(key)) return undefined
        const exact = new Uint8Array(bytes)
        const sha256 = createHash('sha256').update(exact).digest('hex')
        const part = { bytes: exact.byteLength, sha256, metadata: { ...metadata } }
        parts.set(key, { bytes: exact, part })
        return part
      }),
    head: key => call(from, `head ${key}`, async () => parts.get(key)?.part),
    get: key => call(from, `get ${key}`, async () => parts.get(key)?.bytes.slice()),
    delete: keys =>
      call(from, `delete ${keys.length} from ${keys[0]}`, async () => {
        for (const key of keys) parts.delete(key)
      }),
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
      parts: partsFor(owner),
      definitions: edgeFor(owner),
      peers: peersFor(owner),
      report: (event, facts) => {
        reports.push({ event, facts: JSON.stringify(facts) })
        trace(`report ${event} ${JSON.stringify(facts)}`)
      },
      rollSizes,
      upkeepSizes,
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

  const takeAway = (name: string, forMs: number) => {
    trace(`${name} is away for ${Math.round(forMs)} ms`)
    awayUntil.set(name, time.now() + forMs)
  }

  return { portsFor, watching, deploy, objects, parts, reports, takeAway, close }
}

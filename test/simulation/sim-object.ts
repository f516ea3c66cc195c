import type { Ports } from '../../gateway/ports.ts'
import { type Actor, Gone, never, ObjectReset, whileAlive } from './actor.ts'
import type { Faults } from './faults.ts'
import type { SeededRandom } from './seeded-random.ts'
import { type SimStorage, simStorage } from './sim-storage.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface ObjectContext {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly faults: Faults
  readonly trace: (line: string) => void
}

/** A Durable Object of the simulation: production code over a storage that can lose what is unconfirmed. */
export interface SimObject<Contract> extends Actor {
  /** Runs a method in the object's present life; the reply waits for the output gate. */
  invoke<T>(work: (contract: Contract) => Promise<T>): Promise<T>
  /** Restarts the object as an eviction does: only when nothing is under way or unconfirmed. */
  evict(): void
  alarmMs(): number | null
  backUp(): void
  /** Restarts the object on what was backed up; gives whether anything was. */
  restore(): boolean
  /** Damages one of its stored rows; gives which. */
  flipBit(): string | undefined
  /** Its clock jumps: what it waits for comes nearer, or goes away. */
  setClock(skewMs: number): void
  /** Rows written by all lives of the object. */
  rowsWritten(): number
  close(): void
}

/** Waits between tries of a failed alarm, as the platform does it. */
const alarmRetryMs = 2_000

export function simObject<Contract extends { alarm?(): Promise<void> }>(
  context: ObjectContext,
  name: string,
  create: (ports: Pick<Ports, 'storage'>, self: Actor) => Contract,
): SimObject<Contract> {
  const { time, random, faults, trace } = context
  let contract: Contract | undefined
  let underway = new Set<(cause: unknown) => void>()
  let armed = 0

  const arm = (atMs: number | null) => {
    armed++
    if (atMs === null) return
    const turn = armed
    time.at(atMs - time.now() - (self.skewMs ?? 0), () => {
      if (turn === armed && storage.alarmMs() === atMs) void ring(atMs)
    })
  }
  const storage: SimStorage = simStorage(time, random, faults, arm)

  const ring = async (atMs: number) => {
    if (faults.happens('alarm_lost')) {
      trace(`${name} loses its alarm`)
      return
    }
    const times = faults.happens('alarm_twice') ? 2 : 1
    for (let count = 0; count < times; count++) {
      try {
        storage.clearAlarm()
        await self.invoke(async started => started.alarm?.())
      } catch {
        // A handler that was cut short is run again.
        time.at(alarmRetryMs, () => {
          if (storage.alarmMs() === null || storage.alarmMs() === atMs) void ring(atMs)
        })
        return
      }
    }
  }

  /** Ends this life; whoever waits hears that the object was reset. */
  const die = <T>(begin: () => T): T => {
    self.life++
    contract = undefined
    const cut = underway
    underway = new Set()
    const begun = begin()
    arm(storage.alarmMs())
    for (const reject of cut) reject(new ObjectReset())
    return begun
  }

  const self: SimObject<Contract> = {
    name,
    skewMs: 0,
    life: 0,
    gate: () => storage.gate(),
    crash() {
      trace(`${name} crashes`)
      die(storage.restart)
    },
    backUp: () => storage.backUp(),
    restore() {
      trace(`${name} is restored`)
      return die(storage.restore)
    },
    flipBit: () => storage.flipBit(),
    evict() {
      if (underway.size > 0 || !storage.isConfirmed()) return
      trace(`${name} is evicted`)
      self.life++
      contract = undefined
      storage.restart()
      arm(storage.alarmMs())
    },
    alarmMs: () => storage.alarmMs(),
    setClock(skewMs) {
      trace(`${name} has a clock ${skewMs} ms ahead`)
      self.skewMs = skewMs
      arm(storage.alarmMs())
    },
    rowsWritten: () => storage.rowsWritten(),
    close: () => storage.close(),
    invoke<T>(work: (contract: Contract) => Promise<T>): Promise<T> {
      const { life } = self
      return new Promise<T>((resolve, reject) => {
        underway.add(reject)
        const run = async () => {
          contract ??= create({ storage: storage.lifeOf() }, self)
          const result = await whileAlive(self, life, work(contract))
          await storage.gate()
          return self.life === life ? result : never<T>()
        }
        run().then(
          result => {
            underway.delete(reject)
            resolve(result)
          },
          cause => {
            if (cause instanceof Gone) return
            underway.delete(reject)
            reject(cause)
          },
        )
      })
    },
  }
  return self
}

import type { Actor } from './actor.ts'
import type { Ledger } from './ledger.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimSender } from './sim-device.ts'
import type { SimWorld } from './sim-world.ts'

const hourMs = 3_600_000
const yearMs = 365 * 24 * hourMs

export interface JumpingClocks {
  readonly world: SimWorld
  readonly senders: readonly SimSender[]
  readonly workers: readonly Actor[]
  readonly ledger: Ledger
  readonly trace: (line: string) => void
}

/** Makes a clock of an object, a Worker or a device jump, forwards or backwards, by seconds up to years. */
export function jumpClock(
  random: SeededRandom,
  { world, senders, workers, ledger, trace }: JumpingClocks,
): void {
  const of = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]
  const skewOf = (longest: number) => {
    const scale = of([5_000, 12 * hourMs, longest]) ?? 0
    return Math.round((random() * 2 - 1) * scale)
  }
  const kind = random()
  if (kind < 0.6) {
    const object = of([...world.objects.values()])
    // Received sets live for 35 days by the clock of their partition.
    const isLog = object?.name.startsWith('partition') === true
    object?.setClock(skewOf(isLog ? 20 * 24 * hourMs : 10 * yearMs))
    return
  }
  const actor = kind < 0.8 ? of(workers) : of(senders)
  if (actor === undefined) return
  if (kind < 0.8) ledger.distrustWorkers()
  else ledger.distrustDevices()
  actor.skewMs = skewOf(10 * yearMs)
  trace(`${actor.name} has a clock ${actor.skewMs} ms ahead`)
}

/** What keeps time for the gateway is right again; devices are what they are. */
export function setClocksRight({ world, workers }: JumpingClocks): void {
  for (const worker of workers) worker.skewMs = 0
  for (const object of world.objects.values()) {
    if (object.skewMs !== 0) object.setClock(0)
  }
}

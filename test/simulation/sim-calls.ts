import { type Actor, never, ObjectReset, whileAlive } from './actor.ts'
import type { ObjectContext } from './sim-object.ts'

/** An actor in one of its lives: what calls in its name later is a ghost and gets no answer. */
export interface Owner {
  readonly actor: Actor
  readonly life: number
}

/** One call that leaves an actor for a place; `victim` is who may die of it at the other end. */
export type Call = <T>(
  from: Owner,
  place: string,
  work: () => Promise<T>,
  victim?: Actor,
) => Promise<T>

/** The calls of a run: each passes its caller's gate, takes its time and meets the faults. */
export function createCalls({ time, random, faults, trace }: ObjectContext) {
  const awayUntil = new Map<string, number>()

  /** One call that leaves an actor: gated, delayed, and whatever the faults say. */
  const call: Call = async <T>(
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

  const takeAway = (name: string, forMs: number) => {
    trace(`${name} is away for ${Math.round(forMs)} ms`)
    awayUntil.set(name, time.now() + forMs)
  }

  return { call, takeAway }
}

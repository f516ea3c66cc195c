import { type Actor, never, whileAlive } from './actor.ts'
import type { ObjectContext } from './sim-object.ts'
import type { SimWorker, WireReply } from './sim-worker.ts'

/** Sends one request to `/ingest` for an actor; never answers when either end dies over it. */
export type Network = (
  from: Actor,
  body: string,
  headers?: { readonly [name: string]: string },
) => Promise<WireReply>

/** A network that loses, repeats, delays and overtakes; each request reaches any of the Workers. */
export function createNetwork(
  { time, random, faults, trace }: ObjectContext,
  workers: readonly SimWorker[],
): Network {
  return async (from, body, sent) => {
    const { life } = from
    const worker = workers[Math.floor(random() * workers.length)]
    if (worker === undefined) return never<never>()
    const fault = faults.atRequest()
    if (fault !== undefined) trace(`${from.name} request ${fault}`)
    await whileAlive(from, life, time.sleep(1 + random() * 20))
    if (fault === 'lost') throw new Error('The request was lost.')
    const again = () => void worker.ingest(body, sent).catch(() => undefined)
    if (fault === 'twice') time.at(random() * 3_000, again)
    if (fault === 'overtaken') {
      // It arrives all the same, long after its sender has given it up.
      time.at(1_000 + random() * 40_000, again)
      await whileAlive(from, life, time.sleep(500))
      throw new Error('The connection broke.')
    }
    const answer = worker.ingest(body, sent)
    // What a killed sender sent goes on without it.
    answer.catch(() => undefined)
    const reply = await whileAlive(from, life, answer)
    // The edge says what time it is, whatever a Worker believes.
    const headers = new Headers(reply.headers)
    headers.set('date', new Date(time.now()).toUTCString())
    const delayMs = fault === 'late' ? 45_000 * random() : 20 * random()
    await whileAlive(from, life, time.sleep(1 + delayMs))
    if (fault === 'reply_lost') throw new Error('The reply was lost.')
    return { ...reply, headers }
  }
}

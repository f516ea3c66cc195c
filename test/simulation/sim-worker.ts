import { createDefinitionsCache } from '../../gateway/ingest/definitions-cache.ts'
import type { IngestPorts } from '../../gateway/ingest/ingest.ts'
import type { Holder } from '../../gateway/routes/authenticate.ts'
import { answerIngest } from '../../gateway/routes/ingest-route.ts'
import { Problem, problemResponse } from '../../gateway/routes/problem.ts'
import { type Actor, whileAlive } from './actor.ts'
import type { SimWorld } from './sim-world.ts'

export interface WireReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** A Worker: no state but its cache of definitions; it dies in the middle of requests. */
export interface SimWorker extends Actor {
  /** Answers one request to `/ingest`; never, when the Worker dies over it. */
  ingest(body: string, headers?: { readonly [name: string]: string }): Promise<WireReply>
}

export function simWorker(world: SimWorld, name: string, holder: Holder): SimWorker {
  let made: IngestPorts | undefined
  const ready = () => {
    if (made !== undefined) return made
    world.deploy.start(self)
    const ports = world.portsFor(self)
    const { clock, random, peers, definitions: edge, report } = ports
    const definitions = createDefinitionsCache({ clock, edge, peers, report })
    made = { clock, random, peers, definitions }
    return made
  }
  const self: SimWorker = {
    name,
    life: 0,
    gate: () => Promise.resolve(),
    crash() {
      self.life++
      made = undefined
    },
    async ingest(body, headers = {}) {
      const { life } = self
      const request = new Request('http://gateway/ingest', { method: 'POST', body, headers })
      const response = await whileAlive(
        self,
        life,
        answerIngest(ready(), request, holder).catch(cause =>
          problemResponse(
            'ingest',
            cause instanceof Problem ? cause : new Problem('internal', 'failed'),
          ),
        ),
      )
      const text = await whileAlive(self, life, response.text())
      return { status: response.status, headers: response.headers, text }
    },
  }
  return self
}

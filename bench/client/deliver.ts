import { type ChildProcess, fork } from 'node:child_process'
import { on } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import type { ClientName } from './clients.ts'
import { type Tally, tallySchema } from './tally.ts'

export type Load = 'burst' | 'paced'
/** When a request that is reset is cut off: before its events are taken, or after. */
export type Mode = 'before' | 'after' | 'healthy'

export interface Delivery {
  readonly client: ClientName
  readonly load: Load
  readonly mode: Mode
  readonly seed: number
}

export interface Delivered extends Delivery {
  /** Until the client said that it was done; absent where it never did. */
  readonly closedMs?: number
  /** 150 ms after that, or at the bound. */
  readonly atClose: Tally
  readonly atEnd: Tally
}

export const eventCount = 2_000
const boundMs = 60_000
const afterCloseMs = 150
const pollMs = 1_000
const quietPolls = 13

const portSchema = v.object({ port: v.number() })
const closedSchema = v.object({ closedMs: v.number() })

/** Runs one client against one server, each in a process of its own, and gives what the server counted. */
export async function deliver(delivery: Delivery): Promise<Delivered> {
  const { client, load, mode, seed } = delivery
  const server = start(new URL('fault-server.ts', import.meta.url), [client, mode, String(seed)])
  let driver: Process | undefined
  try {
    const { port } = v.parse(portSchema, await server.next())
    driver = start(new URL('drive.ts', import.meta.url), [
      client,
      load,
      `http://127.0.0.1:${port}`,
      String(eventCount),
    ])
    await driver.next()
    const boundAtMs = performance.now() + boundMs
    const closed = v.safeParse(
      closedSchema,
      await Promise.race([driver.next(), sleep(boundMs, undefined, { ref: false })]),
    )
    if (closed.success) await sleep(afterCloseMs)
    const atClose = await tallyOf(server)
    const atEnd = await settled(server, atClose, boundAtMs)
    const { closedMs } = closed.success ? closed.output : {}
    return { ...delivery, ...(closedMs === undefined ? {} : { closedMs }), atClose, atEnd }
  } finally {
    driver?.child.kill('SIGKILL')
    server.child.kill('SIGKILL')
  }
}

/** Waits for what comes after the close: all events, the bound, or long enough without a request. */
async function settled(server: Process, atClose: Tally, boundAtMs: number): Promise<Tally> {
  let last = atClose
  for (let quiet = 0; quiet < quietPolls; ) {
    if (last.delivered === eventCount || performance.now() >= boundAtMs) return last
    await sleep(pollMs)
    const next = await tallyOf(server)
    quiet = next.requests === last.requests ? quiet + 1 : 0
    last = next
  }
  return last
}

async function tallyOf(server: Process): Promise<Tally> {
  server.child.send('tally')
  return v.parse(tallySchema, await server.next())
}

interface Process {
  readonly child: ChildProcess
  /** The next message, kept from the start on; throws when the process ended without one. */
  next(): Promise<unknown>
}

function start(program: URL, args: readonly string[]): Process {
  const child = fork(program, args, {
    // What SDKs log of each failed try would drown the figures: BENCH_LOG=1 shows it.
    stdio: ['ignore', 'ignore', process.env.BENCH_LOG === undefined ? 'ignore' : 'inherit', 'ipc'],
  })
  const messages = on(child, 'message', { close: ['exit'] })
  return {
    child,
    async next() {
      const { value, done } = await messages.next()
      if (done) throw new Error(`${program.pathname} ${args.join(' ')} ended early.`)
      return value[0]
    },
  }
}

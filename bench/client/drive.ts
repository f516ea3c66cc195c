import { setTimeout as sleep } from 'node:timers/promises'
import { isClientName } from './clients.ts'
import type { BenchEvent } from './driver.ts'
import { loadDriver } from './load-driver.ts'

/**
 * A process: one client under one load. Arguments: client, load, address, events. It tells its parent when the
 * client says that it is done, and lives on, as an app would, until the parent ends it.
 */
const [client, load, url = '', count] = process.argv.slice(2)
if (!isClientName(client)) throw new Error(`No client is called ${client}.`)
const events = Number(count)
const stepMs = 50
const eventsPerStep = 10
/** Between the last paced push and the close: some SDKs have a timer of ten seconds, which must not race it. */
const restMs = 100

// An SDK's stray rejection is no reason for an app to die, nor for its events to be called lost.
process.on('unhandledRejection', reason => console.error(reason))
process.on('disconnect', () => process.exit())
setInterval(() => {}, 60_000)

const { connect } = await loadDriver(client)
const driver = await connect({ url })
process.send?.({ began: true })
const beganMs = performance.now()
if (load === 'burst') pushUpTo(0, events)
else await pushPaced()
await driver.close()
process.send?.({ closedMs: performance.now() - beganMs })

/** By the clock, so that a late timer makes the next step larger and the pace stays. */
async function pushPaced(): Promise<void> {
  for (let pushed = 0; pushed < events; ) {
    const steps = Math.floor((performance.now() - beganMs) / stepMs) + 1
    const due = Math.min(events, steps * eventsPerStep)
    pushUpTo(pushed, due)
    pushed = due
    await sleep(stepMs - ((performance.now() - beganMs) % stepMs))
  }
  await sleep(restMs)
}

function pushUpTo(from: number, to: number): void {
  for (let n = from; n < to; n++) {
    const event: BenchEvent = { n, plan: 'pro', value: 1.5 }
    driver.push(event)
  }
}

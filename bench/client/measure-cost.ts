import { setImmediate as turn } from 'node:timers/promises'
import { isClientName } from './clients.ts'
import type { BenchEvent } from './driver.ts'
import { loadDriver } from './load-driver.ts'

/**
 * A process: what one client's pushes cost, its network stubbed. Arguments: client, events. The last line it
 * prints is JSON: µs of CPU an event, in all threads, for the pushes alone and with all that follows them.
 */
const [client, count] = process.argv.slice(2)
if (!isClientName(client)) throw new Error(`No client is called ${client}.`)
const events = Number(count)
const eventsPerTurn = 500

// Made before the clock runs, and each another: a client may keep what it has read once.
const epochMs = Date.UTC(2026, 0, 1)
const times = Array.from({ length: events }, (_, n) => new Date(epochMs + 37 * n).toISOString())

const { connectStubbed } = await loadDriver(client)
const driver = await connectStubbed()
const beganMs = performance.now()
const began = process.cpuUsage()
let pushUs = 0
for (let from = 0; from < events; from += eventsPerTurn) {
  await turn()
  const before = process.cpuUsage()
  const to = Math.min(events, from + eventsPerTurn)
  for (let n = from; n < to; n++) {
    const event: BenchEvent = { n, plan: 'pro', value: 1.5, at: times[n] ?? '' }
    driver.push(event)
  }
  pushUs += cpuSince(before)
}
await driver.close()
const drainUs = cpuSince(began)
const seconds = (performance.now() - beganMs) / 1_000

let sent = 0
for (const body of await driver.sent()) sent += body.split('"plan"').length - 1
console.log(JSON.stringify({ pushUs: pushUs / events, drainUs: drainUs / events, sent, seconds }))
process.exit()

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return user + system
}

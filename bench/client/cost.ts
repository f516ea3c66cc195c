import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { runOrThrow } from '../../build/run.ts'
import type { ClientName } from './clients.ts'

const measuredSchema = v.object({
  pushUs: v.number(),
  drainUs: v.number(),
  sent: v.number(),
})

export interface Cost extends v.InferOutput<typeof measuredSchema> {
  readonly client: ClientName
}

const program = fileURLToPath(new URL('measure-cost.ts', import.meta.url))

/** Measures one client in a process of its own: µs of CPU an event. */
export async function costOf(client: ClientName, events: number): Promise<Cost> {
  const output = await runOrThrow(process.execPath, [program, client, String(events)])
  const last = output.trimEnd().split('\n').at(-1) ?? ''
  return { client, ...v.parse(measuredSchema, JSON.parse(last)) }
}

/** The median of each figure alone. Must not be empty. */
export function medianCost(costs: readonly Cost[]): Cost {
  const [first] = costs
  if (first === undefined) throw new Error('Nothing was measured.')
  const middle = (read: (cost: Cost) => number) =>
    costs.map(read).sort((a, b) => a - b)[Math.floor(costs.length / 2)] ?? 0
  return {
    client: first.client,
    pushUs: middle(cost => cost.pushUs),
    drainUs: middle(cost => cost.drainUs),
    sent: middle(cost => cost.sent),
  }
}

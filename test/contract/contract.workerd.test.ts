import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { platformPorts } from '../../gateway/platform/ports.ts'
import { contractCases } from './cases.ts'
import { type ContractCase, outcomeOf } from './contract-case.ts'
import expected from './outcomes.json'

/** Runs a case inside a Durable Object of its own, over the ports that production code gets there. */
function onPlatform(contract: ContractCase, at: number): Promise<unknown> {
  const prefix = `contract-${at}`
  // Names of objects begin with a workspace id; any class will do, since a case only uses its storage.
  const stub = env.FEATURE_SHARD.getByName(`${prefix}-auto/entities/0`)
  return runInDurableObject(stub, (_, state) => {
    const { storage, parts, definitions: edge } = platformPorts(state, env)
    const alarm = () => state.storage.getAlarm()
    return outcomeOf(contract, { storage, parts, edge, alarm, prefix })
  })
}

const outcomes = new Map<string, unknown>(Object.entries(expected))

describe('the platform', () => {
  it.each(contractCases.map((contract, at) => ({ ...contract, contract, at })))(
    '$name',
    async ({ contract, at }) => {
      expect(await onPlatform(contract, at)).toEqual(outcomes.get(contract.name))
    },
  )
})

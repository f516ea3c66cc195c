import { describe, expect, it } from 'vitest'
import type { Actor } from '../simulation/actor.ts'
import { noFaults } from '../simulation/faults.ts'
import { seededRandom } from '../simulation/seeded-random.ts'
import { simStorage } from '../simulation/sim-storage.ts'
import { simWorld } from '../simulation/sim-world.ts'
import { virtualTime } from '../simulation/virtual-time.ts'
import { contractCases } from './cases.ts'
import { type ContractCase, outcomeOf } from './contract-case.ts'
import expected from './outcomes.json' with { type: 'json' }

/** Runs a case on the simulation's fakes, in virtual time. */
async function onFakes(contract: ContractCase): Promise<unknown> {
  const random = seededRandom(1)
  const time = virtualTime(0, random)
  const faults = noFaults()
  const context = { time, random, faults, trace: () => {} }
  const self: Actor = { name: 'case', life: 0, gate: () => Promise.resolve(), crash: () => {} }
  const { parts, definitions: edge } = simWorld(context).portsFor(self)
  const stored = simStorage(time, random, faults, () => {})
  const bed = {
    storage: stored.lifeOf(),
    parts,
    edge,
    alarm: async () => stored.alarmMs(),
    prefix: 'case',
  }
  let outcome: { readonly of: unknown } | undefined
  void outcomeOf(contract, bed).then(of => {
    outcome = { of }
  })
  await time.run(10_000, () => outcome !== undefined)
  stored.close()
  return outcome?.of
}

const outcomes = new Map<string, unknown>(Object.entries(expected))

describe('the fakes of the simulation', () => {
  it('are held to two hundred cases or more, each of its own name', () => {
    expect(new Set(contractCases.map(({ name }) => name)).size).toBe(contractCases.length)
    expect(contractCases.length).toBeGreaterThanOrEqual(200)
    expect([...outcomes.keys()].sort()).toEqual(contractCases.map(({ name }) => name).sort())
  })

  it.each(contractCases)('$name', async contract => {
    expect(await onFakes(contract)).toEqual(outcomes.get(contract.name))
  })
})

import { expect } from 'vitest'
import type { ClientOptions } from '../../../client/index.ts'
import {
  Attribute,
  Entity,
  FeatureService,
  PushConfig,
  StreamFeatureView,
  StreamSource,
} from '../../../shared/index.ts'
import { Field, Int64, Timestamp } from '../../../shared/types.ts'
import type { Duck } from './duckdb.ts'
import type { Line } from './line.ts'

/** Walkers take numbered steps, each a producer of its own: what is lost, doubled or out of order shows. */
export const steps = StreamSource({
  name: 'steps',
  streamConfig: PushConfig({ logOffline: true, partitions: 2 }),
  schema: [Field('walker', Int64), Field('at', Timestamp), Field('n', Int64)],
})
const latestStep = StreamFeatureView({
  name: 'latest_step',
  source: steps,
  entities: [Entity({ name: 'walker', joinKeys: [Field('walker', Int64)] })],
  features: [Attribute('n', Int64)],
})
export const walkers = FeatureService({ name: 'walkers', features: [latestStep] })

export const step = (walker: number, n: number) => ({ walker, at: '2026-01-02T03:04:05Z', n })

/** A producer of our choice, so that the partitions are the same in every run. */
export const producer = (number: number): Partial<ClientOptions> => ({
  randomBytes: count => new Uint8Array(count).fill(number),
})

/** Expects every step of every walker once, in order, in the data frame, the features and the parts. */
export async function expectAllSteps(
  line: Line,
  duck: Duck,
  walkerCount: number,
  stepCount: number,
): Promise<void> {
  const rows = (await line.dataFrame('steps', '?columns=walker,n')).map(text => JSON.parse(text))
  expect(rows).toHaveLength(walkerCount * stepCount)
  for (let walker = 0; walker < walkerCount; walker++) {
    const own = rows.filter(row => row.walker === walker).map(({ n }) => n)
    expect(own).toEqual(own.map((_, at) => at))
    const { values } = await line.features('walkers', { walker })
    expect(values).toEqual({ 'latest_step.n': `${stepCount - 1}` })
  }
  expect((await line.roll('steps')).map(({ status }) => status)).not.toContain('stopped')
  const { table } = await duck.partsOf(line, 'steps')
  expect(await duck.rows(`SELECT walker, n FROM ${table}`)).toEqual(rows)
}

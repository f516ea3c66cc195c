import { type ClientError, type ClientOptions, createClient } from '../../../client/index.ts'
import { Field, Int64, String } from '../../../shared/types.ts'
import { type Step, scriptedFetch } from './scripted-fetch.ts'
import { createVirtualClock } from './virtual-clock.ts'

export const clicks = { name: 'clicks', schema: [Field('user', String), Field('n', Int64)] }
export const views = { name: 'views', schema: [Field('page', String, { nullable: true })] }

/** Gives a client of a scripted gateway, a still clock, and every error it reported. */
export function setUp(steps: Step[] = [], options: Partial<ClientOptions> = {}) {
  const clock = createVirtualClock()
  const script = scriptedFetch(clock, steps)
  const errors: ClientError[] = []
  const client = createClient({
    url: 'https://gateway.test/',
    key: 'tg_key',
    workspace: 'prod',
    fetch: script.fetch,
    clock,
    compress: false,
    lifecycle: { watch: () => () => {} },
    connectivity: { online: () => true, watch: () => () => {} },
    random: () => 0.5,
    randomBytes: count => new Uint8Array(count).fill(0xab),
    onError: error => errors.push(error),
    ...options,
  })
  const push = (n: number) => client.push(clicks, { user: 'u', n }).accepted
  const pushAll = (count: number) => Array.from({ length: count }, (_, n) => push(n))
  return { client, clock, ...script, errors, push, pushAll }
}

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../../../bench/client/fault-server.ts', import.meta.url))
const running = new Set<ChildProcess>()

afterEach(() => {
  for (const child of running) child.kill()
  running.clear()
})

/** A server whose first five fates are unavailable, taken, reset, taken, taken. */
async function start(mode: string) {
  const child = fork(program, ['segment', mode, '8'])
  running.add(child)
  const [{ port }] = await once(child, 'message')
  const post = (body: string | Uint8Array<ArrayBuffer>) =>
    fetch(`http://127.0.0.1:${port}/v1/batch`, { method: 'POST', body }).then(
      ({ status }) => status,
      () => 'reset',
    )
  return {
    post,
    send: (n: number) =>
      post(JSON.stringify({ batch: [{ messageId: `m${n}`, properties: { n } }] })),
    async tally() {
      const reply = once(child, 'message')
      child.send('tally')
      return (await reply)[0]
    },
  }
}

describe('the fault server', () => {
  it.each([
    ['before', { delivered: 1, copies: 0 }],
    ['after', { delivered: 1, copies: 1, oneId: true }],
  ])('resets %s it takes the events', async (mode, counted) => {
    const { send, tally } = await start(mode)
    expect([await send(1), await send(1), await send(1)]).toEqual([503, 200, 'reset'])
    expect(await tally()).toMatchObject({ requests: 3, storedTwice: 0, ...counted })
  })

  it('draws nothing for what carries no event, and reads what is compressed', async () => {
    const { post, send, tally } = await start('before')
    expect([await post('{}'), await post('no JSON'), await send(1)]).toEqual([200, 200, 503])
    const batch = [{ messageId: 'm2', properties: { n: 2 } }]
    expect(await post(new Uint8Array(gzipSync(JSON.stringify({ batch }))))).toBe(200)
    expect(await tally()).toMatchObject({ requests: 2, delivered: 1 })
  })

  it('refuses nothing when it is healthy', async () => {
    const { send, tally } = await start('healthy')
    expect(await Promise.all([send(1), send(2), send(3)])).toEqual([200, 200, 200])
    expect(await tally()).toMatchObject({ requests: 3, delivered: 3 })
  })
})

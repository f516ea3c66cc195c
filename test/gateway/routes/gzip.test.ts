import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { limits } from '../../../shared/limits.ts'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
await workspace.apply([plainSource('numbers')])

const one = (n: number, space = '') =>
  `{"workspace_name":"test","allow_partial":true,"records":{"numbers":[{"record":{"n":${n}}}]}}${space}`

/** What a text comes to when it is compressed, `times` over. */
async function gzip(body: BodyInit, times = 1): Promise<Uint8Array<ArrayBuffer>> {
  const plain = new Response(body).body ?? new ReadableStream()
  const packed = new Response(plain.pipeThrough(new CompressionStream('gzip')))
  const bytes = new Uint8Array(await packed.arrayBuffer())
  return times > 1 ? gzip(bytes, times - 1) : bytes
}

async function send(body: BodyInit, headers: Record<string, string> = {}) {
  const reply = await exports.default.fetch('https://gateway.example/ingest', {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${workspace.ingestKey}`, ...headers },
  })
  return { status: reply.status, text: await reply.text() }
}

const named = { 'content-encoding': 'gzip' }

describe('a body that is compressed by gzip', () => {
  it('is read by its header and by its first bytes', async () => {
    const before = (await workspace.rows('numbers')).length
    for (const [n, headers] of [
      [1, named],
      [2, {}],
      [3, { 'content-type': 'text/plain' }],
    ] as const) {
      const { status, text } = await send(await gzip(one(n)), headers)
      expect([status, text]).toEqual([200, expect.stringContaining('"accepted"')])
    }
    expect((await workspace.rows('numbers')).length).toBe(before + 3)
  })

  it('counts decompressed, to the byte', async () => {
    const spaces = ' '.repeat(limits.maxRequestBytes - one(4).length)
    expect((await send(await gzip(one(4, spaces)), named)).status).toBe(200)
    const { status, text } = await send(await gzip(one(4, `${spaces} `)), named)
    expect(status).toBe(413)
    expect(text).toContain(String(limits.maxRequestBytes))
  })

  it('is not unpacked beyond the limit', async () => {
    const bomb = await gzip(new Uint8Array(64 * limits.maxRequestBytes))
    expect(bomb.byteLength).toBeLessThan(limits.maxRequestBytes)
    expect((await send(bomb, named)).status).toBe(413)
    // And only once.
    expect((await send(await gzip(one(5), 2), named)).status).toBe(400)
  })

  it('is refused when it is damaged, cut off, continued or no gzip at all', async () => {
    const whole = await gzip(one(6))
    const damaged = whole.slice()
    damaged[damaged.length - 6] = (damaged[damaged.length - 6] ?? 0) ^ 1
    const longer = new Uint8Array(whole.length + 1)
    longer.set(whole)
    for (const body of [damaged, whole.slice(0, -1), whole.slice(0, 5), longer, one(6)]) {
      const { status, text } = await send(body, named)
      expect(status).toBe(400)
      expect(text).toContain('not valid gzip')
    }
  })
})

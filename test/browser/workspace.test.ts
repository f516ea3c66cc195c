import { expect, inject, test } from 'vitest'
import { createClient } from '../../client/index.ts'
import { getWorkspace } from '../../client/workspace/index.ts'
import { clicks, pageWorkspace } from '../support/page-source.ts'

const count = 300
const asked: string[] = []
const workspace = getWorkspace(pageWorkspace, {
  url: inject('readingUrl'),
  key: 'of-this-session',
  fetch(input, init) {
    const request = new Request(input, init)
    asked.push(request.url)
    return fetch(request)
  },
})

test('a page reads what it pushed, through a connection that is cut: nothing twice, nothing missing', async () => {
  const client = createClient({
    url: inject('gatewayUrl'),
    key: inject('pageKey'),
    workspace: pageWorkspace,
  })
  const user = `reader ${crypto.randomUUID()}`
  for (let n = 0; n < count; n++) client.push(clicks, { user, at: new Date(n), n: BigInt(n) })
  expect(await client.close()).toMatchObject({ accepted: count })

  const frame = workspace.source(clicks).getDataframe()
  const rows = (await frame.toArray()).filter(row => row.user === user)
  expect(rows).toEqual(
    Array.from({ length: count }, (_, n) => ({
      user,
      at: new Date(n).toISOString().replace('Z', '000Z'),
      n: BigInt(n),
    })),
  )
  const frames = asked.filter(url => url.includes('/dataframe?'))
  expect(frames.length).toBeGreaterThan(1)
  expect(frames[1]).toContain(`cut=${encodeURIComponent(frame.cut ?? '')}&after=0%3A`)

  const lines = (await new Response(frame.toNdjson()).text()).trimEnd().split('\n')
  expect(lines.filter(line => line.includes(user))).toHaveLength(count)
  const table = await frame.toArrow()
  expect(table.numRows).toBe(lines.length)
})

test('a page reads what a source is', async () => {
  const source = await workspace.getDataSource('clicks')
  expect(source.getColumns()).toEqual(['user', 'at', 'n'])
  await expect(workspace.getDataSource('none')).rejects.toMatchObject({ code: 'unknown_source' })
})

import { expect, test } from 'vitest'
import { getWorkspace } from '../../../client/workspace/index.ts'
import { PushConfig, StreamSource } from '../../../shared/index.ts'
import { Field, Int64 } from '../../../shared/types.ts'

const numbers = StreamSource({
  name: 'numbers',
  streamConfig: PushConfig({ logOffline: true }),
  schema: [Field('n', Int64)],
})
const rowOf = (n: number) => `{"n":${n},"_partition":0,"_offset":${n}}\n`

/** A workspace whose gateway is a function: what a Worker's service binding is. */
function workspaceOf(answer: (url: URL, request: Request) => Response) {
  const asked: string[] = []
  const workspace = getWorkspace('demo', {
    url: 'https://gateway.example/base/',
    key: 'tg_admin_none',
    async fetch(input, init) {
      const request = new Request(input, init)
      const url = new URL(request.url)
      asked.push(`${request.method} ${url.pathname}${url.search}`)
      expect(request.headers.get('authorization')).toBe('Bearer tg_admin_none')
      return answer(url, request)
    },
  })
  return { workspace, asked }
}

test('in every runtime rows are read on where an answer ended too early', async () => {
  const { workspace, asked } = workspaceOf(
    url =>
      new Response(
        url.searchParams.has('after') ? `${rowOf(2)}{"_end":1}\n` : `${rowOf(0)}${rowOf(1)}{"n"`,
        { headers: { 'tidegate-cut': '0:2' } },
      ),
  )
  const frame = workspace.source(numbers).getDataframe()
  expect(await frame.toArray()).toEqual([{ n: 0n }, { n: 1n }, { n: 2n }])
  const query = 'columns=n%2C_partition%2C_offset&progress=true'
  const path = 'GET /base/api/v1/workspaces/demo/sources/numbers/dataframe'
  expect(asked).toEqual([`${path}?${query}`, `${path}?${query}&cut=0%3A2&after=0%3A1`])
  expect(await new Response(frame.toNdjson()).text()).toBe('{"n":0}\n{"n":1}\n{"n":2}\n')
})

test('in every runtime features are read, and refusals are sentences', async () => {
  const { workspace } = workspaceOf((_, request) =>
    request.method === 'POST'
      ? Response.json({
          result: { features: ['9007199254740993'] },
          metadata: {
            features: [{ name: 'v.n', dataType: { type: 'int64' }, status: 'PRESENT' }],
          },
        })
      : Response.json({ code: 'unknown_source', detail: 'No such source.' }, { status: 404 }),
  )
  const { values } = await workspace.getFeatures('fs', { user: 'u' })
  expect(values).toEqual({ 'v.n': 9007199254740993n })
  await expect(workspace.getDataSource('none')).rejects.toMatchObject({
    name: 'GatewayError',
    code: 'unknown_source',
    message: 'GET /base/api/v1/workspaces/demo/sources/none was answered 404: No such source.',
  })
})

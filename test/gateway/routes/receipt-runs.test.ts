import { expect, it } from 'vitest'
import { plainSource } from '../support/test-definitions.ts'
import { testWorkspace } from '../support/test-workspace.ts'

const workspace = testWorkspace(0)
await workspace.apply([plainSource('a'), plainSource('b')])

it('says in runs what is the same of many records, to whom asks so', async () => {
  const request = {
    workspace_name: 'test',
    protocol: 1,
    producer: '5a'.repeat(16),
    floors: { a: 0, b: 0 },
    records: {
      a: [1, 2, 'x', 4].map((value, sequence) => ({ record: { n: value }, sequence })),
      b: [5, 6, 7].map((value, sequence) => ({ record: { n: value }, sequence })),
    },
  }
  const send = async (path: string) => {
    const body = JSON.stringify(request)
    const { json } = await workspace.send(path, { method: 'POST', body }, workspace.ingestKey)
    return Object(json).receipts
  }
  const refused = { source: 'a', index: 2, status: 'rejected', field: 'n', code: 'wrong_type' }
  expect(await send('/ingest?receipts=runs')).toEqual([
    { source: 'a', index: 0, count: 2, status: 'accepted' },
    expect.objectContaining(refused),
    { source: 'a', index: 3, count: 1, status: 'accepted' },
    { source: 'b', index: 0, count: 3, status: 'accepted' },
  ])
  const each = await send('/ingest?receipts=all')
  expect(each).toHaveLength(7)
  expect(each[1]).toEqual({ source: 'a', index: 1, status: 'duplicate' })
})

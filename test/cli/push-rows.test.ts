import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type PushOptions, pushRows } from '../../cli/push-rows.ts'
import { readInput } from '../../cli/read-input.ts'
import { writeRefusedRows } from '../../cli/refused-rows.ts'
import { Field, Int64, String } from '../../shared/types.ts'
import { reply, type ScriptedGateway, scriptedGateway } from './support/scripted-gateway.ts'
import { tempFolder } from './support/temp-folder.ts'

const source = { name: 'clicks', schema: [Field('user', String), Field('n', Int64)] }

async function optionsFor(
  { url }: ScriptedGateway,
  text: string,
): Promise<PushOptions & { readonly folder: string }> {
  const folder = await tempFolder()
  const path = join(folder, 'clicks.ndjson')
  await writeFile(path, text)
  return {
    folder,
    address: { url, workspace: 'demo', key: 'secret' },
    source,
    input: await readInput(path),
    journalPath: join(folder, 'journal.ndjson'),
    target: 'demo',
  }
}

function lines(count: number): string {
  const row = (_: unknown, n: number): string => `${JSON.stringify({ user: `u${n % 9}`, n })}\n`
  return Array.from({ length: count }, row).join('')
}

function storedNumbers({ stored }: ScriptedGateway): readonly number[] {
  const rows = [...stored.values()].map(record => JSON.parse(JSON.stringify(record)).n)
  return rows.toSorted((left, right) => left - right)
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n)

test('every row arrives once, and a second run sends nothing', async () => {
  const gateway = await scriptedGateway()
  const options = await optionsFor(gateway, lines(3_210))
  const result = await pushRows(options)
  expect(result.counts).toEqual({ accepted: 3_210, duplicate: 0, rejected: 0, dropped: 0 })
  expect(storedNumbers(gateway)).toEqual(upTo(3_210))

  const requests = gateway.requests.length
  const again = await pushRows(options)
  expect(again).toMatchObject({ counts: result.counts, settledNow: 0, resumedRows: 3_210 })
  expect(gateway.requests.length).toBe(requests)
})

test('a longer end goes on where a shorter one stopped', async () => {
  const gateway = await scriptedGateway()
  const options = await optionsFor(gateway, lines(700))
  expect((await pushRows({ ...options, endRow: 10 })).counts.accepted).toBe(10)
  expect((await pushRows({ ...options, endRow: 600 })).settledNow).toBe(590)
  expect((await pushRows(options)).counts.accepted).toBe(700)
  expect(storedNumbers(gateway)).toEqual(upTo(700))
})

test('replies lost in mid-push cost duplicates, never a row', async () => {
  let posts = 0
  const gateway = await scriptedGateway((request, response, { stored }) => {
    posts += 1
    if (posts !== 2) return false
    // Stores the batch like any other, but the connection breaks before the reply.
    response.end = () => response
    request.on('end', () => setTimeout(() => request.socket.destroy(), 20))
    expect(stored.size).toBeGreaterThan(0)
    return false
  })
  const options = await optionsFor(gateway, lines(1_500))
  const { counts } = await pushRows(options)
  expect(counts.accepted + counts.duplicate).toBe(1_500)
  // A batch leaves when it has lingered, too, so on a busy machine it need not be full.
  expect(counts.duplicate).toBe(gateway.requests[1]?.records.clicks?.length)
  expect(storedNumbers(gateway)).toEqual(upTo(1_500))
})

test('an interrupted push goes on in the next run', async () => {
  const abort = new AbortController()
  const gateway = await scriptedGateway(() => {
    if (gateway.requests.length === 1) abort.abort()
    return false
  })
  const options = await optionsFor(gateway, lines(30_000))
  const first = await pushRows({ ...options, signal: abort.signal })
  expect(first.stopped).toBe('it was interrupted')
  expect(first.counts.accepted).toBeLessThan(30_000)
  const second = await pushRows(options)
  expect(second.counts.accepted + second.counts.duplicate).toBe(30_000)
  expect(storedNumbers(gateway)).toEqual(upTo(30_000))
})

test.each([
  [401, 'unauthenticated'],
  [404, 'unknown_workspace'],
])(
  'a request refused with %d stops the push; its rows leave in the next run',
  async (status, code) => {
    let isRepaired = false
    const gateway = await scriptedGateway((_, response) => {
      if (isRepaired) return false
      const requestError = {
        errorType: 'RequestValidationError',
        errorMessage: 'Not like this.',
        code,
      }
      return reply(response, status, { requestError })
    })
    const options = await optionsFor(gateway, lines(5_000))
    const refused = await pushRows(options)
    expect(refused.stopped).toContain('Not like this.')
    expect(refused.counts).toEqual({ accepted: 0, duplicate: 0, rejected: 0, dropped: 0 })
    isRepaired = true
    expect((await pushRows(options)).counts.accepted).toBe(5_000)
    expect(storedNumbers(gateway)).toEqual(upTo(5_000))
  },
)

test('rows refused here and there are counted, told and kept in a file', async () => {
  const gateway = await scriptedGateway(
    () => false,
    record =>
      JSON.stringify(record).includes('"n":1}')
        ? { status: 'rejected', field: 'n', code: 'out_of_range', reason: 'The gateway says no.' }
        : {},
  )
  const bad = '{"user":"u","n":"x"}\n{"user":\n7\n\n{"user":"v","n":9223372036854775807}\n'
  const options = await optionsFor(gateway, lines(2) + bad)
  const { counts, refused } = await pushRows(options)
  expect(counts).toEqual({ accepted: 2, duplicate: 0, rejected: 4, dropped: 0 })
  expect(refused).toMatchObject([
    { row: 1, field: 'n', code: 'out_of_range', reason: 'The gateway says no.' },
    { row: 2, field: 'n', code: 'wrong_type' },
    { row: 3, reason: expect.stringContaining('The line is no JSON') },
    { row: 4, code: 'not_an_object' },
  ])
  expect(JSON.stringify([...gateway.stored.values()])).toContain('"9223372036854775807"')

  const path = join(options.folder, 'rejected.ndjson')
  await writeRefusedRows(path, options.input, refused)
  const written = (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(written.map(({ row, record }) => [row, record])).toEqual([
    [1, { user: 'u1', n: 1 }],
    [2, { user: 'u', n: 'x' }],
    [3, '{"user":'],
    [4, 7],
  ])
})

test('another file under the same journal is refused', async () => {
  const gateway = await scriptedGateway()
  const options = await optionsFor(gateway, lines(3))
  await pushRows(options)
  const other = await optionsFor(gateway, lines(4))
  await expect(pushRows({ ...other, journalPath: options.journalPath })).rejects.toThrow(
    'belongs to another push: its bytes is',
  )
})

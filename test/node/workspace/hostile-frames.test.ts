import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../client/clock.ts'
import { type Script, workspaceOf } from './support/stranger.ts'
import { trips } from './support/trips.ts'

const frame =
  (body: string, headers: Record<string, string> = { 'tidegate-cut': '0:9' }): Script =>
  response => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson', ...headers })
    response.end(body)
  }
const row = (offset: number, id: unknown = offset, partition = 0) =>
  `{"id":${JSON.stringify(id)},"_partition":${partition},"_offset":${offset}}\n`
const idsOf = async (script: Script) => {
  const { workspace, requests } = await workspaceOf(script)
  const rows = await workspace
    .source(trips)
    .getDataframe({ columns: ['id'] })
    .toArray()
  return { rows, requests: requests() }
}

describe('a data frame that is none', () => {
  test('a good one, for comparison', async () => {
    const { rows } = await idsOf(frame(`${row(0)}${row(3)}{"_end":2}\n`))
    expect(rows).toEqual([{ id: 0n }, { id: 3n }])
  })

  test.each<[string, Script, string]>([
    [
      'HTML',
      frame('<html><body>Welcome to the hotel</body></html>\n'),
      'a line that is no row: <html>',
    ],
    ['no cut', frame(`${row(0)}{"_end":1}\n`, {}), 'no cut'],
    ['nonsense for a cut', frame(row(0), { 'tidegate-cut': 'all' }), 'no cut'],
    ['a row twice', frame(`${row(1)}${row(1)}{"_end":2}\n`), 'a row that came before'],
    ['rows in disorder', frame(`${row(2)}${row(1)}{"_end":2}\n`), 'a row that came before'],
    [
      'a place before one that came',
      frame(`${row(2)}{"_reached":"0:1"}\n`),
      'a row that came before',
    ],
    ['a row above the cut', frame(`${row(10)}{"_end":1}\n`), 'a row outside the cut'],
    ['a row of another partition', frame(`${row(1, 1, 1)}{"_end":1}\n`), 'a row outside the cut'],
    ['a row that got lost', frame(`${row(1)}{"_end":2}\n`), '1 rows where there are 2'],
    ['a row after the end', frame(`{"_end":0}\n${row(1)}`), 'a line after the end'],
    ['rows without a place', frame('{"id":1}\n'), 'a line that is no row'],
    ['a place inside of a text', frame('{"id":"\\"_partition\\":0,\\"_offset\\":0}"}\n'), 'no row'],
    ['an unending line', frame('x'.repeat(1_100_000)), 'a line of more than'],
    ['a value of another type', frame(`${row(0, 'high')}{"_end":1}\n`), '"id": Expected int64'],
    ['null where none may be', frame(`${row(0, null)}{"_end":1}\n`), '"id": Expected int64'],
    [
      'a number too long',
      frame(`{"id":${'9'.repeat(30)},"_partition":0,"_offset":1}\n`),
      '"id": Ex',
    ],
    ['half of JSON', frame(`{"id":[1,"_partition":0,"_offset":1}\n`), 'cannot be read'],
  ])('%s', async (_, script, sentence) => {
    const { workspace, requests } = await workspaceOf(script)
    const failure = await workspace
      .source(trips)
      .getDataframe({ columns: ['id'] })
      .toArray()
      .catch(cause => cause)
    expect(failure).toMatchObject({ name: 'GatewayError', code: 'unreadable_reply' })
    expect(failure.message).toContain(sentence)
    // Asked again it would say the same.
    expect(requests()).toBe(1)
  })

  test('bytes that are no text', async () => {
    const script: Script = response => {
      response.setHeader('tidegate-cut', '0:9')
      response.end(Buffer.from([0x7b, 0xff, 0xfe, 0x0a]))
    }
    await expect(idsOf(script)).rejects.toThrow('bytes that are no UTF-8')
  })

  test('another cut when it is resumed', async () => {
    let asked = 0
    const script: Script = (response, request) => {
      asked++
      response.writeHead(200, { 'tidegate-cut': asked === 1 ? '0:9' : '0:8' })
      response.write(row(asked))
      setTimeout(() => request.socket.destroy(), 20)
    }
    await expect(idsOf(script)).rejects.toThrow('is none: another cut')
  })

  test('rows that a resumed reading had already', async () => {
    let asked = 0
    const script: Script = (response, request) => {
      response.setHeader('tidegate-cut', '0:9')
      if (++asked > 1) return void response.end(`${row(0)}${row(1)}${row(2)}{"_end":3}\n`)
      response.write(`${row(0)}${row(1)}`)
      setTimeout(() => request.socket.destroy(), 20)
    }
    await expect(idsOf(script)).rejects.toThrow('a row that came before')
  })

  test('a cut that the gateway no longer has: said at once, by its own sentence', async () => {
    let asked = 0
    const script: Script = (response, request) => {
      if (++asked > 1) {
        response.writeHead(410, { 'content-type': 'application/problem+json' })
        return void response.end(
          JSON.stringify({ code: 'expired', detail: 'Offsets above 0 expired.' }),
        )
      }
      response.setHeader('tidegate-cut', '0:9')
      response.write(row(0))
      setTimeout(() => request.socket.destroy(), 20)
    }
    const failure = await idsOf(script).catch(cause => cause)
    expect(failure).toMatchObject({ code: 'expired', status: 410 })
    expect(failure.message).toMatch(
      /^The data frame of "trips" broke off after 1 rows and cannot be resumed: GET .* was answered 410: Offsets above 0 expired\. Read it anew\.$/,
    )
    expect(asked).toBe(2)
  })

  test('a body that stands still is resumed', async () => {
    const asked: (string | undefined)[] = []
    // Goes by what is asked: on a busy machine the first row may come too late as well.
    const script: Script = (response, { url }) => {
      asked.push(url)
      response.setHeader('tidegate-cut', '0:9')
      if (!url?.includes('after=')) response.write(row(0))
      else response.end(`${row(1)}{"_end":1}\n`)
    }
    const { workspace } = await workspaceOf(script, { clock: systemClock, timeoutMs: 1_000 })
    const frame = workspace.source(trips).getDataframe({ columns: ['id'] })
    expect(await frame.toArray()).toEqual([{ id: 0n }, { id: 1n }])
    expect(asked.at(-1)).toContain('cut=0%3A9&after=0%3A0')
  })
})

test('rows without end come as slowly as they are read, and stop when the reader does', async () => {
  let written = 0
  const closed = Promise.withResolvers<void>()
  const { workspace } = await workspaceOf((response, request) => {
    response.setHeader('tidegate-cut', '0:999999999999999')
    const write = () => {
      while (!response.destroyed) {
        const text = row(written++, 'x'.repeat(1_000)).replace('"id"', '"who"')
        if (!response.write(text)) return void response.once('drain', write)
      }
    }
    request.socket.once('close', closed.resolve)
    write()
  })
  const rows: string[] = []
  for await (const { who } of workspace.source(trips).getDataframe({ columns: ['who'] })) {
    rows.push(who)
    // Time for the other side to send more, if it may.
    if (rows.length % 100 === 0) await new Promise(resolve => setTimeout(resolve, 20))
    if (rows.length === 2_000) break
  }
  await closed.promise
  // What lies in buffers of sockets on the way.
  expect(written).toBeLessThan(20_000)
})

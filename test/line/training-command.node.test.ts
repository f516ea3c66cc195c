import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CliError } from '../../cli/cli-error.ts'
import { runCommand } from '../../cli/run-command.ts'
import { type Duck, openDuck } from './support/duckdb.ts'
import { type LineGateway, startGateway } from './support/gateway.ts'
import type { Line } from './support/line.ts'
import { both, payment, payments, second } from './support/training-definitions.ts'

let gateway: LineGateway
let duck: Duck
let folder: string
let line: Line
beforeAll(async () => {
  ;[gateway, duck] = await Promise.all([startGateway(), openDuck()])
  folder = await mkdtemp(join(tmpdir(), 'tidegate-training-'))
  line = gateway.line()
  await line.apply([both])
  await push(0, 8)
  await line.roll('payments')
  await push(8, 12)
  await writeFile(
    join(folder, 'events.csv'),
    `user,shop,when\nu1,7,${second(10)}\nu2,9007199254740993,${second(6)}\n`,
  )
})
afterAll(async () => {
  await Promise.all([gateway.close(), duck.close()])
  await rm(folder, { recursive: true })
})

async function push(from: number, to: number): Promise<void> {
  const client = line.client()
  for (let at = from; at < to; at++) client.push(payments, payment(at))
  await client.flush()
  await client.close()
}

/** Runs a command as a person does; what it prints, what it says and how it ends. */
async function tidegate(...args: readonly string[]) {
  const stdout = new PassThrough()
  const printed = text(stdout)
  const told: string[] = []
  const ended = await runCommand({
    args,
    env: {
      TIDEGATE_URL: gateway.url,
      TIDEGATE_KEY: line.adminKey,
      TIDEGATE_WORKSPACE: line.workspace,
    },
    folder,
    stdout,
    stderr: { write: (text: string) => told.push(text) },
    signal: new AbortController().signal,
  }).catch((cause: unknown) => {
    if (cause instanceof CliError) return cause
    throw cause
  })
  stdout.end()
  const output = await printed
  if (typeof ended === 'number') return { exitCode: ended, output, said: told.join('') }
  return { exitCode: ended.exitCode, output, said: ended.message }
}

const forEvents = (...flags: readonly string[]) =>
  tidegate(
    ...['get-features-for-events', 'both', '--timestamp-key', 'when', '--cache-folder', 'cache'],
    ...flags,
  )

describe('tidegate get-features-for-events', () => {
  it('writes a file and says how much and at which cut, by which the same is had again', async () => {
    const { exitCode, said } = await forEvents('--events', 'events.csv', '--out', 'a.csv')
    expect(exitCode).toBe(0)
    expect(said).toMatch(/^Wrote a\.csv, 2 rows of 7 columns, at the cut payments=[\d:,-]+\.\n$/m)
    const csv = await readFile(join(folder, 'a.csv'), 'utf8')
    expect(csv.split('\r\n')[1]).toBe(
      `u1,7,${second(10)},2.5,9223372036854775010,${second(10)},"[""t9"",""\ufeffé""]"`,
    )
    const cut = /cut (\S+)\.\n/.exec(said)?.[1] ?? ''
    await push(12, 15)
    const again = await forEvents(
      '--events',
      'events.csv',
      '--out',
      '-',
      '--format',
      'csv',
      '--cut',
      cut,
    )
    expect(again.output).toBe(csv)
  })

  it('writes Parquet and tells what it did as JSON', async () => {
    const { output, said } = await forEvents(
      '--events',
      'events.csv',
      '--out',
      'a.parquet',
      '--json',
    )
    expect(JSON.parse(output)).toMatchObject({ output: 'a.parquet', rows: 2, warnings: [] })
    expect(said).toBe('')
    expect(
      await duck.rows(`SELECT shop, of_user__amt FROM '${join(folder, 'a.parquet')}'`),
    ).toEqual([
      { shop: 7, of_user__amt: 2.5 },
      { shop: 9007199254740993n, of_user__amt: null },
    ])
  })

  it('prints SQL that gives the same elsewhere', async () => {
    const { output } = await forEvents('--sql')
    const parts = join(folder, 'PARTS', 'payments')
    await mkdir(parts, { recursive: true })
    for (const { name } of await line.parts('payments')) {
      await writeFile(join(parts, name), await line.part('payments', name))
    }
    const tail = `/api/v1/workspaces/${line.workspace}/sources/payments/dataframe?format=parquet&apply_translator=false&columns=user,shop,at,amt,big,tags,_partition,_offset,_ingest_ts,_version`
    const marks = (await line.parts('payments')).map(
      ({ partition, end }) => `${partition}:${end - 1}`,
    )
    const reply = await fetch(`${gateway.url}${tail}&above=${marks.join(',')}`, {
      headers: { authorization: `Bearer ${line.adminKey}` },
    })
    await writeFile(join(parts, 'tail.parquet'), new Uint8Array(await reply.arrayBuffer()))
    await duck.execute(
      `COPY (SELECT * FROM read_csv('${join(folder, 'events.csv')}')) TO '${join(folder, 'EVENTS.parquet')}'`,
    )
    const script = output
      .replaceAll('PARTS/', `${join(folder, 'PARTS')}/`)
      .replaceAll('EVENTS.parquet', join(folder, 'EVENTS.parquet'))
      .replaceAll(/^--.*$/gm, '')
    const statements = script.split(/;\n/).filter(sql => sql.trim() !== '')
    for (const sql of statements.slice(0, -1)) await duck.execute(sql)
    const rows = await duck.rows(statements.at(-1) ?? '')
    expect(rows).toMatchObject([
      { user: 'u1', of_user__amt: 2.5, of_shop__tags: ['t9', '\ufeffé'] },
      { user: 'u2', of_user__amt: null, of_user__big: 9223372036854775005n },
    ])
  })

  it('says what is wrong in sentences', async () => {
    await writeFile(join(folder, 'bad.csv'), `user,shop,when\nu1,seven,${second(1)}\nu1,7,\n`)
    const bad = await forEvents('--events', 'bad.csv', '--out', 'b.csv')
    expect(bad).toMatchObject({ exitCode: 2 })
    expect(bad.said).toContain(
      'bad.csv: 2 values are wrong, so nothing was computed. row 0: "shop" is int64 but received "seven"; row 1: "when" is a time (ISO 8601) but received nothing.',
    )
    await expect(readFile(join(folder, 'b.csv'))).rejects.toThrow('ENOENT')
    const said = async (...flags: readonly string[]) => (await forEvents(...flags)).said
    expect(await said('--events', 'none.csv', '--out', 'b.csv')).toMatch(
      /none\.csv cannot be read as csv/,
    )
    expect(
      await said('--events', 'events.csv', '--out', 'b.csv', '--memory-limit', 'much'),
    ).toMatch(/^DuckDB could not compute this: .*memory/i)
    expect(await said('--events', 'events.csv')).toMatch(/^Name a file by --out/)
    expect(await said('--out', 'b.csv')).toMatch(/^Name the file of --events/)
    expect(await said('--events', 'events.csv', '--out', '-', '--format', 'parquet')).toMatch(
      /Parquet is written into a file/,
    )
    expect(await said('--events', 'events.csv', '--out', 'b.csv', '--cut', 'x')).toMatch(
      /--cut is SOURCE=CUT/,
    )
    expect(
      (
        await tidegate(
          'get-features-for-events',
          'nothing',
          '--events',
          'events.csv',
          '--out',
          'b.csv',
        )
      ).said,
    ).toMatch(/has no feature service or view "nothing"; it has both/)
  })
})

describe('tidegate get-features-in-range', () => {
  it('prints a row for each stretch', async () => {
    const { output, exitCode } = await tidegate(
      ...['get-features-in-range', 'of_shop', '--start-time', second(6), '--end-time', second(8)],
      ...['--out', '-', '--cache-folder', 'cache'],
    )
    expect(exitCode).toBe(0)
    expect(
      output
        .trim()
        .split('\n')
        .map(row => JSON.parse(row)._valid_to),
    ).toEqual([second(7), second(8), second(8)])
  })
})

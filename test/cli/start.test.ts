import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { endProcess, isSameProcess, type ProcessNote } from '../../cli/process-note.ts'
import { readFlights } from '../../cli/quickstart/flights.ts'
import { tempFolder } from './support/temp-folder.ts'

const program = fileURLToPath(new URL('../../cli/start.ts', import.meta.url))
const records = 12_000

interface Start {
  readonly process: ChildProcess
  readonly output: () => string
  /** Resolves with the gateway's address once everything is printed. */
  readonly serving: Promise<string>
}

function start(folder: string): Start {
  const child = spawn(process.execPath, [program, '--records', String(records)], {
    cwd: folder,
    env: { ...process.env, PORT: '0' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  const serving = new Promise<string>((resolve, reject) => {
    const onData = (bytes: Buffer): void => {
      output += bytes
      const url = /^Serving (\S+) until Ctrl-C\.$/m.exec(output)?.[1]
      if (url !== undefined) resolve(url)
    }
    child.stdout.on('data', onData)
    child.stderr.on('data', onData)
    child.once('exit', code => reject(new Error(`The start ended with ${code}:\n${output}`)))
  })
  serving.catch(() => {})
  return { process: child, output: () => output, serving }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 10))
}

async function readState(folder: string, name: string): Promise<string> {
  return readFile(join(folder, '.tidegate', name), 'utf8').catch(() => '')
}

async function workerdOf(folder: string): Promise<readonly ProcessNote[]> {
  return JSON.parse(await readState(folder, 'run.json')).workerd
}

async function readRows(folder: string, url: string): Promise<readonly string[]> {
  const { admin } = JSON.parse(await readState(folder, 'keys.json'))
  const address = `${url}/api/v1/workspaces/demo/sources/flights/dataframe`
  const response = await fetch(address, { headers: { authorization: `Bearer ${admin}` } })
  return (await response.text()).trim().split('\n').toSorted()
}

async function wantedRows(): Promise<readonly string[]> {
  const rows: string[] = []
  for await (const { row, value } of (await readFlights()).rows()) {
    if (row < records) rows.push(JSON.stringify(value).replace(':00Z', ':00.000000Z'))
  }
  return rows.toSorted()
}

async function stop({ process: child }: Start, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit')
  child.kill(signal)
  return (await exited)[0]
}

test('a start killed in mid-push leaves nothing lost, nothing twice and no orphan', {
  timeout: 120_000,
}, async () => {
  const folder = await tempFolder()
  const killed = start(folder)
  await until(async () => (await readState(folder, 'flights-journal.ndjson')).includes('"settled"'))
  const orphans = await workerdOf(folder)
  await stop(killed, 'SIGKILL')
  onTestFinished(async () => void (await Promise.all(orphans.map(orphan => endProcess(orphan)))))

  const second = start(folder)
  const url = await second.serving
  expect(await Promise.all(orphans.map(isSameProcess))).not.toContain(true)
  expect(second.output()).toContain(' rows had been sent by an earlier start')
  const wanted = await wantedRows()
  expect(await readRows(folder, url)).toEqual(wanted)
  const serving = await workerdOf(folder)
  expect(await stop(second, 'SIGINT')).toBe(0)
  expect(await Promise.all(serving.map(isSameProcess))).not.toContain(true)
  expect(await readState(folder, 'run.json')).toBe('')

  const third = start(folder)
  expect(await readRows(folder, await third.serving)).toEqual(wanted)
  expect(third.output()).toContain('12,000 rows had been sent by an earlier start')
  expect(await stop(third, 'SIGTERM')).toBe(0)
})

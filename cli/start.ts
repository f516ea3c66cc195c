import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { decodeDefinitions } from '../shared/workspace-definitions.ts'
import { applyDefinitions, renderApplied } from './apply-definitions.ts'
import { CliError, exitCodes, sentenceOf, usageError } from './cli-error.ts'
import { createGatewayApi } from './gateway-api.ts'
import { type LoadedDefinitions, loadDefinitions } from './load-definitions.ts'
import { formatCount, showProgress } from './progress.ts'
import { type PushResult, pushRows } from './push-rows.ts'
import { firstOrigin, readFlights } from './quickstart/flights.ts'
import { renderNextSteps, renderReads, renderReceipts } from './quickstart/report.ts'
import { readPort } from './read-port.ts'
import { runProgram } from './run-program.ts'
import { type LocalGateway, serveLocally } from './serve-locally.ts'
import { untilAborted } from './until-aborted.ts'

const workspace = 'demo'
const quickstartFolder = fileURLToPath(new URL('../examples/quickstart', import.meta.url))

/** `npm start`: a gateway on this machine, the quickstart, real records, and what became of them. */
async function start(signal: AbortSignal): Promise<number> {
  const records = readRecords()
  const port = readPort(process.env.PORT)
  try {
    await serveQuickstart(records, port, signal)
  } catch (error) {
    // Ctrl-C reaches the programs that a start runs, too: what they say then is no failure of ours.
    if (!signal.aborted) throw error
  }
  return exitCodes.ok
}

async function serveQuickstart(
  records: number | undefined,
  port: number,
  signal: AbortSignal,
): Promise<void> {
  const stateFolder = join(process.cwd(), '.tidegate')
  const onLog = (line: string): unknown => process.stderr.write(`gateway ${line}\n`)
  const local = await serveLocally({ stateFolder, port, onLog })
  try {
    print(`Tidegate   ${local.url}`)
    if (local.ended.length > 0) print(`Ended      workerd of a killed start (${local.ended})`)
    const api = createGatewayApi({ url: local.url, workspace, key: local.keys.admin })
    const definitions = await loadDefinitions(quickstartFolder, workspace)
    print(renderApplied(await applyDefinitions(api, definitions)))
    const pushed = await pushFlights(local, definitions, stateFolder, records, signal)
    if (signal.aborted) return print('Stopped; the next start goes on from here.')
    if (pushed?.stopped !== undefined) throw new CliError(`The push stopped: ${pushed.stopped}`)
    if (pushed !== undefined) print(`\n${renderReceipts(pushed)}`)
    print(`\n${await renderReads(api, firstOrigin, storedRows(pushed))}`)
    print(`\n${renderNextSteps(local.url, relative(process.cwd(), local.keys.path))}`)
    await untilAborted(signal)
  } finally {
    await local.stop()
  }
}

async function pushFlights(
  { url, keys }: LocalGateway,
  definitions: LoadedDefinitions,
  stateFolder: string,
  records: number | undefined,
  signal: AbortSignal,
): Promise<PushResult | undefined> {
  if (records === 0) return undefined
  const source = decodeDefinitions(JSON.parse(definitions.json)).sources.find(
    ({ name }) => name === 'flights',
  )
  if (source === undefined) throw new CliError('The quickstart declares no source flights.')
  const input = await readFlights()
  const endRow = Math.min(records ?? input.rowCount, input.rowCount)
  let hideProgress = (): void => {}
  try {
    return await pushRows({
      address: { url, workspace, key: keys.ingest },
      source,
      input,
      journalPath: join(stateFolder, 'flights-journal.ndjson'),
      target: keys.workspaceId,
      endRow,
      signal,
      onStart: settledRows => {
        hideProgress = showProgress(process.stderr, 'flights', endRow, settledRows)
      },
      onTrouble: sentence => process.stderr.write(`\n${sentence} Trying again.\n`),
    })
  } finally {
    hideProgress()
  }
}

function storedRows(pushed: PushResult | undefined): number {
  return pushed === undefined ? 0 : pushed.counts.accepted + pushed.counts.duplicate
}

function readRecords(): number | undefined {
  const text = readFlags().records
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw usageError(
    `--records must be a whole number from 0 to ${formatCount(20_000)}, not ${text}.`,
  )
}

function readFlags(): { readonly records?: string | undefined } {
  try {
    return parseArgs({ options: { records: { type: 'string' } }, strict: true }).values
  } catch (error) {
    throw usageError(`${sentenceOf(error)}\nUsage: npm start -- [--records N]`, error)
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

await runProgram(start)

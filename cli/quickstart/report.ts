import { limits } from '../../shared/limits.ts'
import type { GatewayApi, Part } from '../gateway-api.ts'
import { formatCount } from '../progress.ts'
import type { PushResult } from '../push-rows.ts'
import { renderFeatures } from '../render-features.ts'
import { firstLines } from './first-lines.ts'

const partPollMs = 200
const partWaitMs = 10_000

/** Says what a push came to, over all its runs. */
export function renderReceipts({ counts, settledNow, elapsedMs, resumedRows }: PushResult): string {
  const { accepted, duplicate, rejected, dropped } = counts
  const seconds = elapsedMs / 1_000
  const lines = [
    `Receipts   ${formatCount(accepted)} accepted, ${formatCount(duplicate)} duplicate, ` +
      `${formatCount(rejected)} rejected, ${formatCount(dropped)} dropped`,
  ]
  if (settledNow > 0) {
    lines.push(
      `Push       ${formatCount(settledNow)} rows in ${seconds.toFixed(1)} s, ${formatCount(settledNow / seconds)} rows/s`,
    )
  }
  if (resumedRows > 0) {
    lines.push(`Resumed    ${formatCount(resumedRows)} rows had been sent by an earlier start`)
  }
  return lines.join('\n')
}

/** Reads back what the newcomer's records have become, a section for each way of reading. */
export async function renderReads(api: GatewayApi, origin: string, rows: number): Promise<string> {
  const parts = await awaitParts(api, rows)
  const [features, summary, columns, source] = await Promise.all([
    api.getFeatures('flight_features', { origin }),
    api.getSummary('flights'),
    api.getColumns('flights'),
    api.getDataSource('flights'),
  ])
  return [
    `Features of origin ${origin} (feature service flight_features)`,
    ...renderFeatures(features)
      .split('\n')
      .map(line => `  ${line}`),
    '',
    'Summary of source flights',
    `${summary}`.trimEnd(),
    '',
    `Columns    ${columns.join(', ')}`,
    '',
    'First rows of the data frame',
    ...indentOr(await firstLines(source.getDataframe().toNdjson(), 5), 'none yet'),
    '',
    'Parts',
    ...indentOr(parts.map(renderPart), partlessSentence()),
  ].join('\n')
}

/** Names the keys and a line that uses one without showing it. */
export function renderNextSteps(url: string, keysPath: string): string {
  const key = `$(sed -n 's/.*"admin": "\\([^"]*\\)".*/\\1/p' ${keysPath})`
  return [
    `Keys       ${keysPath}`,
    'Try        ' +
      `curl -s -H "Authorization: Bearer ${key}" ${url}/api/v1/workspaces/demo/sources/flights/summary`,
    '',
    `Serving ${url} until Ctrl-C.`,
  ].join('\n')
}

/** A roll runs behind the push: while one is due, its part is waited for, but not for ever. */
async function awaitParts(api: GatewayApi, rows: number): Promise<readonly Part[]> {
  for (let waitedMs = 0; ; waitedMs += partPollMs) {
    const parts = await api.getParts('flights')
    const tailRows = rows - parts.reduce((sum, part) => sum + part.rows, 0)
    if (tailRows < limits.rollRecords || waitedMs >= partWaitMs) return parts
    await new Promise(resolve => setTimeout(resolve, partPollMs))
  }
}

function renderPart({ name, rows, bytes }: Part): string {
  return `${name}  ${formatCount(rows)} rows  ${formatCount(bytes)} bytes`
}

function partlessSentence(): string {
  const minutes = limits.rollAgeMs / 60_000
  return `none yet: one is written at ${formatCount(limits.rollRecords)} rows or after ${minutes} minutes`
}

function indentOr(lines: readonly string[], otherwise: string): readonly string[] {
  return (lines.length === 0 ? [otherwise] : lines).map(line => `  ${line}`)
}

import { createHash } from 'node:crypto'
import { basename, join, resolve } from 'node:path'
import type { AnySource } from '../../shared/definitions/stream-source.ts'
import { decodeDefinitions, type WorkspaceDefinitions } from '../../shared/workspace-definitions.ts'
import { CliError, exitCodes, usageError } from '../cli-error.ts'
import { type Command, type CommandContext, readArgs, requireCount } from '../command.ts'
import { makeStateFolder } from '../local-keys.ts'
import { openGateway } from '../open-gateway.ts'
import { formatCount, showProgress } from '../progress.ts'
import { type PushResult, pushRows } from '../push-rows.ts'
import { readInput } from '../read-input.ts'
import { describeRefusedRow, writeRefusedRows } from '../refused-rows.ts'
import { claimRunFile } from '../run-file.ts'

const usage = 'push [SOURCE] FILE --workspace NAME [flags]'
const shownRefusals = 10

export const push: Command = {
  name: 'push',
  usage,
  summary: 'Push a file of NDJSON or a JSON array; resumes where it was interrupted',
  async run(context) {
    const { flags, positionals } = readArgs(context, usage)
    requireCount(positionals, [1, 2], usage)
    const path = resolve(context.folder, positionals.at(-1) ?? '')
    const { address, api } = await openGateway(context, flags)
    const input = await readInput(path)
    const current = await api.getDefinitions()
    if (current === undefined) throw unknownWorkspace(address.workspace)
    const name = positionals.length === 2 ? positionals[0] : undefined
    const source = findSource(decodeDefinitions(current.definitions), name, path)

    // A source that was deleted and created again has nothing of what the old one was sent.
    const { id } = await api.getDataSource(source.name)
    const target = `${address.url} ${address.workspace} ${id}`
    const journalPath = await placeJournal(context, `${target} ${path}`, source.name)
    const run = await claimRunFile(`${journalPath}.run.json`, 'This file is being pushed already')
    let hideProgress = (): void => {}
    try {
      const result = await pushRows({
        address,
        source,
        input,
        journalPath,
        target,
        signal: context.signal,
        onStart: settledRows => {
          if (flags.json) return
          hideProgress = showProgress(context.stderr, source.name, input.rowCount, settledRows)
        },
        onTrouble: sentence => context.stderr.write(`${sentence} Trying again.\n`),
      })
      hideProgress()
      const refusedFile = result.refused.length === 0 ? undefined : `${path}.rejected.ndjson`
      if (refusedFile !== undefined) await writeRefusedRows(refusedFile, input, result.refused)
      const report = { source: source.name, journal: journalPath, refusedFile, ...result }
      context.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : renderPush(report))
      return refusedFile === undefined && result.stopped === undefined
        ? exitCodes.ok
        : exitCodes.failure
    } finally {
      hideProgress()
      await run.release()
    }
  },
}

function unknownWorkspace(workspace: string): CliError {
  return new CliError(`Workspace ${workspace} does not exist yet; tidegate apply creates it.`)
}

/** The named source; else the one that the file is named after, or the only one. */
function findSource(
  { name: workspace, sources }: WorkspaceDefinitions,
  name: string | undefined,
  path: string,
): AnySource {
  const stem = basename(path).split('.')[0]
  const only = sources.length === 1 ? sources[0] : undefined
  const source = sources.find(source => source.name === (name ?? stem)) ?? (name ? undefined : only)
  if (source !== undefined) return source
  const names = sources.map(source => source.name).join(', ')
  throw usageError(
    `Workspace ${workspace} has no source ${name ?? stem}. ${names === '' ? 'It has none.' : `It has: ${names}.`}`,
  )
}

async function placeJournal(
  { folder }: CommandContext,
  identity: string,
  source: string,
): Promise<string> {
  await makeStateFolder(join(folder, '.tidegate'))
  await makeStateFolder(join(folder, '.tidegate', 'push'))
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 12)
  return join(folder, '.tidegate', 'push', `${source}-${hash}.ndjson`)
}

interface PushReport extends PushResult {
  readonly source: string
  readonly journal: string
  readonly refusedFile: string | undefined
}

function renderPush({
  source,
  counts,
  refused,
  refusedFile,
  resumedRows,
  settledNow,
  elapsedMs,
  stopped,
  journal,
}: PushReport): string {
  const lines = [
    `${source}: ${formatCount(counts.accepted)} accepted, ${formatCount(counts.duplicate)} duplicate, ` +
      `${formatCount(counts.rejected)} rejected, ${formatCount(counts.dropped)} dropped`,
    `${formatCount(settledNow)} rows settled in ${(elapsedMs / 1_000).toFixed(1)} s`,
  ]
  if (resumedRows > 0) {
    lines.push(
      `${formatCount(resumedRows)} rows had been sent by earlier runs (to push them anew, remove ${journal})`,
    )
  }
  lines.push(...refused.slice(0, shownRefusals).map(describeRefusedRow))
  if (refusedFile !== undefined) {
    lines.push(`${formatCount(refused.length)} rows are not stored; they are in ${refusedFile}`)
  }
  if (stopped !== undefined)
    lines.push(`Stopped early: ${stopped}. Run it again to go on from there.`)
  return `${lines.join('\n')}\n`
}

import { extname, resolve } from 'node:path'
import {
  EngineError,
  type OfflineWorkspace,
  openOffline,
  type TrainingFrame,
  type TrainingOptions,
} from '../client/offline/index.ts'
import { getWorkspace } from '../client/workspace/index.ts'
import { CliError, exitCodes, hasCode, usageError } from './cli-error.ts'
import { type CommandContext, type ReadArgs, requireCount } from './command.ts'
import { httpSentence } from './http-sentence.ts'
import { openGateway } from './open-gateway.ts'
import { outputPlace } from './output-place.ts'
import { formatCount } from './progress.ts'
import { renderExactJson } from './render-exact-json.ts'
import { showSteps } from './show-steps.ts'
import { writeStream } from './write-stream.ts'

const formats = ['parquet', 'csv', 'ndjson'] as const
type Format = (typeof formats)[number]

/** Flags of the commands that make training data. */
export const trainingFlags = {
  out: { type: 'string' },
  format: { type: 'string' },
  cut: { type: 'string' },
  'cache-folder': { type: 'string' },
  'memory-limit': { type: 'string' },
  sql: { type: 'boolean' },
} as const
export const trainingFlagLines = [
  '--out FILE        write there, or - to print; the file is there when it is whole',
  '--format F        parquet, csv or ndjson; without it as the output is called, else ndjson',
  '--cut CUTS        SOURCE=CUT, joined by semicolons: the same rows as an earlier answer, which names its cuts',
  '--cache-folder F  where parts are kept for the next time; ~/.cache/tidegate/parts unless given',
  '--memory-limit M  what DuckDB may keep in memory; 1GB unless given',
  '--sql             print the SQL for DuckDB elsewhere, and compute nothing',
] as const

type Compute = (offline: OfflineWorkspace, options: TrainingOptions) => Promise<TrainingFrame>

/** Gives the one argument: a service or a view. */
export function targetOf({ positionals }: ReadArgs, usage: string): string {
  requireCount(positionals, [1], usage)
  return positionals[0] ?? ''
}

async function open(context: CommandContext, { flags, textOf }: ReadArgs) {
  const { address } = await openGateway(context, flags)
  const { workspace, url, key } = address
  const [cacheFolder, memoryLimit] = [textOf('cache-folder'), textOf('memory-limit')]
  return openOffline(getWorkspace(workspace, { url, key, signal: context.signal }), {
    ...(cacheFolder === undefined ? {} : { cacheFolder: resolve(context.folder, cacheFolder) }),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
  })
}

/** Prints the SQL of what would be computed. */
export async function printSql(
  context: CommandContext,
  args: ReadArgs,
  write: (offline: OfflineWorkspace) => Promise<string>,
): Promise<number> {
  try {
    context.stdout.write(await write(await open(context, args)))
    return exitCodes.ok
  } catch (cause) {
    throw httpSentence(cause)
  }
}

/** Computes and writes training data as the flags say; gives the exit code. */
export async function writeTraining(
  context: CommandContext,
  args: ReadArgs,
  usage: string,
  compute: Compute,
): Promise<number> {
  const out = args.textOf('out')
  if (out === undefined)
    throw usageError(`Name a file by --out, or - to print.\nUsage: tidegate ${usage}`)
  const format = formatOf(args.textOf('format'), out)
  const path = resolve(context.folder, out)
  if (out !== '-') await outputPlace(path)
  const { json } = args.flags
  const steps = json ? undefined : showSteps(context.stderr)
  const options = {
    cuts: readCuts(args.textOf('cut')),
    signal: context.signal,
    ...(steps === undefined ? {} : { progress: steps.tell }),
  }
  try {
    await using frame = await compute(await open(context, args), options).finally(steps?.end)
    if (!json) for (const warning of frame.warnings) context.stderr.write(`${warning}\n`)
    if (out === '-') return await print(context, frame, format)
    await save(frame, format, path)
    const { rowCount, columns, cuts, warnings } = frame
    const cut = Object.entries(cuts).map(([source, text]) => `${source}=${text}`)
    if (json) {
      const facts = { output: out, rows: rowCount, columns, cuts, warnings }
      context.stdout.write(`${renderExactJson(facts)}\n`)
    } else {
      const what = `${formatCount(rowCount)} rows of ${columns.length} columns`
      context.stderr.write(`Wrote ${out}, ${what}, at the cut ${cut.join(';')}.\n`)
    }
    return exitCodes.ok
  } catch (cause) {
    throw cause instanceof EngineError
      ? new CliError(cause.message, { cause })
      : httpSentence(cause)
  }
}

function formatOf(name: string | undefined, out: string): Format {
  const found = formats.find(format => format === (name ?? extname(out).slice(1)))
  if (name !== undefined && found === undefined) {
    throw usageError(`--format is ${formats.join(', ')}, not ${name}.`)
  }
  if (out === '-' && found === 'parquet') {
    throw usageError('Parquet is written into a file; print csv or ndjson.')
  }
  return found ?? 'ndjson'
}

function readCuts(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined) return {}
  const cuts = text.split(';').map(one => {
    const [, source, cut] = /^([^=]+)=(.+)$/.exec(one) ?? []
    if (source !== undefined && cut !== undefined) return [source, cut] as const
    throw usageError(`--cut is SOURCE=CUT, such as payments=0:1999,1:-1, not ${one}.`)
  })
  return Object.fromEntries(cuts)
}

function save(frame: TrainingFrame, format: Format, path: string): Promise<void> {
  switch (format) {
    case 'parquet':
      return frame.toParquet(path)
    case 'csv':
      return frame.toCsv(path)
    case 'ndjson':
      return frame.toNdjson(path)
  }
}

async function print(
  { stdout, signal }: CommandContext,
  frame: TrainingFrame,
  format: Format,
): Promise<number> {
  const encoder = new TextEncoder()
  async function* bytes() {
    for await (const text of frame.lines(format === 'csv' ? 'csv' : 'ndjson')) {
      yield encoder.encode(text)
    }
  }
  try {
    await writeStream(bytes(), stdout, signal)
  } catch (error) {
    // Whoever reads this has seen enough, as `| head` does.
    if (!hasCode(error, 'EPIPE')) throw error
  }
  return exitCodes.ok
}

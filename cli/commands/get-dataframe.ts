import { extname, resolve } from 'node:path'
import type { DataFrame } from '../../client/workspace/data-frame.ts'
import type { DataframeOptions } from '../../client/workspace/frame-query.ts'
import type { AppliedSource } from '../../client/workspace/source-handle.ts'
import { CliError, exitCodes, hasCode, sentenceOf, usageError } from '../cli-error.ts'
import { type Command, type CommandContext, readArgs, requireCount } from '../command.ts'
import { httpSentence } from '../http-sentence.ts'
import { openGateway } from '../open-gateway.ts'
import { formatBytes, showBytes } from '../show-bytes.ts'
import { streamFileSafely } from '../stream-file-safely.ts'
import { writeStream } from '../write-stream.ts'

const usage =
  'get-dataframe SOURCE --workspace NAME [--start-time T] [--end-time T] [--columns A,B] [--as-sent] [--format F] [--output FILE] [flags]'

type Bytes = ReadableStream<Uint8Array>
const formats = ['ndjson', 'csv', 'parquet', 'arrow'] as const
type Format = (typeof formats)[number]

export const getDataframe: Command = {
  name: 'get-dataframe',
  usage,
  summary: "Stream a source's rows as NDJSON, CSV, Parquet or Arrow",
  flagLines: [
    '--start-time T    rows at or after this event time (ISO 8601, UTC unless it says otherwise)',
    '--end-time T      rows before this event time',
    '--columns A,B     these columns only; _partition, _offset, _ingest_ts and _version may be named',
    '--as-sent         the records as they were sent, not what a post-processor makes of them',
    '--format F        ndjson, csv, parquet or arrow; without it as the output is called, else ndjson',
    '--output FILE     write there instead of printing; the file is there when it is whole',
  ],
  async run(context) {
    const { flags, positionals, textOf, isSet } = readArgs(context, usage, {
      'start-time': { type: 'string' },
      'end-time': { type: 'string' },
      columns: { type: 'string' },
      'as-sent': { type: 'boolean' },
      format: { type: 'string' },
      output: { type: 'string' },
    })
    requireCount(positionals, [1], usage)
    const [source = ''] = positionals
    const output = textOf('output')
    const format = formatOf(textOf('format'), output)
    const { api } = await openGateway(context, flags)
    const rows = frameOf(await api.getDataSource(source), {
      startTime: textOf('start-time'),
      endTime: textOf('end-time'),
      columns: textOf('columns')
        ?.split(',')
        .map(name => name.trim()),
      applyTranslator: isSet('as-sent') ? false : undefined,
      signal: context.signal,
    })
    const body = bytesOf(rows, format)
    if (output === undefined) return print(context, source, body)
    return save(context, source, body, output)
  },
}

function formatOf(name: string | undefined, output: string | undefined): Format {
  const known = formats.find(format => format === name)
  if (known !== undefined) return known
  if (name !== undefined) {
    throw usageError(`--format is ${formats.join(', ')}, not ${name}.`)
  }
  const ending = extname(output ?? '').slice(1)
  return formats.find(format => format === ending) ?? 'ndjson'
}

function bytesOf(rows: DataFrame<unknown>, format: Format): Bytes {
  switch (format) {
    case 'ndjson':
      return rows.toNdjson()
    case 'csv':
      return rows.toCsv()
    case 'parquet':
      return rows.toParquet()
    case 'arrow':
      return rows.toArrowStream()
  }
}

async function print(context: CommandContext, source: string, body: Bytes): Promise<number> {
  try {
    await writeStream(body, context.stdout, context.signal)
    return exitCodes.ok
  } catch (error) {
    // Whoever reads this has seen enough, as `| head` does.
    if (hasCode(error, 'EPIPE')) return exitCodes.ok
    throw brokenOff(source, 'what was printed is not all of it', error)
  }
}

async function save(
  { folder, stderr }: CommandContext,
  source: string,
  body: Bytes,
  output: string,
): Promise<number> {
  try {
    const bytes = await streamFileSafely(resolve(folder, output), body, {
      came: showBytes(stderr, output),
    })
    const end = stderr.isTTY === true ? '\u001b[K' : ''
    stderr.write(`${end === '' ? '' : '\r'}Wrote ${output}, ${formatBytes(bytes)}.${end}\n`)
    return exitCodes.ok
  } catch (error) {
    // What cannot be written says so itself.
    if (error instanceof CliError) throw error
    throw brokenOff(source, `${output} was not written`, error)
  }
}

function brokenOff(source: string, what: string, cause: unknown): CliError {
  return new CliError(
    `The data frame of ${source} broke off before its end (${sentenceOf(cause)}): ${what}. Run the command again.`,
    { cause },
  )
}

/** The rows, going on where a connection breaks. */
function frameOf(
  source: AppliedSource,
  options: { readonly [name in keyof DataframeOptions]: DataframeOptions[name] | undefined },
): DataFrame<unknown> {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  )
  try {
    return source.getDataframe(given)
  } catch (cause) {
    throw httpSentence(cause)
  }
}

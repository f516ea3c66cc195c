import { setTimeout } from 'node:timers/promises'
import { CliError, exitCodes, hasCode, sentenceOf } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { dataframeLines } from '../dataframe-lines.ts'
import { openGateway } from '../open-gateway.ts'
import { writeStream } from '../write-stream.ts'

const usage =
  'get-dataframe SOURCE --workspace NAME [--start-time T] [--end-time T] [--columns A,B] [flags]'
const ranges = { 'start-time': 'start_time', 'end-time': 'end_time' } as const

export const getDataframe: Command = {
  name: 'get-dataframe',
  usage,
  summary: "Stream a source's rows as NDJSON, going on where a connection breaks",
  flagLines: [
    '--start-time T    rows at or after this event time (ISO 8601, UTC unless it says otherwise)',
    '--end-time T      rows before this event time',
    '--columns A,B     these columns only; _partition, _offset, _ingest_ts and _version may be named',
  ],
  async run(context) {
    const { flags, positionals, textOf } = readArgs(context, usage, {
      'start-time': { type: 'string' },
      'end-time': { type: 'string' },
      columns: { type: 'string' },
    })
    requireCount(positionals, [1], usage)
    const [source = ''] = positionals
    const range = Object.entries(ranges).flatMap(([flag, name]) => {
      const value = textOf(flag)
      return value === undefined ? [] : [[name, value]]
    })
    const { api } = await openGateway(context, flags)
    const columns = textOf('columns')?.split(',') ?? (await api.getColumns(source))
    const lines = dataframeLines(
      api,
      { source, range: Object.fromEntries(range), columns: columns.map(name => name.trim()) },
      ms => setTimeout(ms, undefined, { signal: context.signal }),
    )
    try {
      await writeStream(encoded(lines), context.stdout, context.signal)
      return exitCodes.ok
    } catch (error) {
      // Whoever reads this has seen enough, as `| head` does.
      if (hasCode(error, 'EPIPE')) return exitCodes.ok
      throw new CliError(
        `The data frame of ${source} broke off before its end (${sentenceOf(error)}): what was printed is not all of it. Run the command again.`,
        { cause: error },
      )
    }
  },
}

async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const text of lines) yield encoder.encode(text)
}

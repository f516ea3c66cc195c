import type { DataframeOptions } from '../../client/workspace/frame-query.ts'
import type { AppliedSource } from '../../client/workspace/source-handle.ts'
import { CliError, exitCodes, hasCode, sentenceOf } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { httpSentence } from '../http-sentence.ts'
import { openGateway } from '../open-gateway.ts'
import { writeStream } from '../write-stream.ts'

const usage =
  'get-dataframe SOURCE --workspace NAME [--start-time T] [--end-time T] [--columns A,B] [flags]'

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
    const { api } = await openGateway(context, flags)
    const lines = frameOf(await api.getDataSource(source), {
      startTime: textOf('start-time'),
      endTime: textOf('end-time'),
      columns: textOf('columns')
        ?.split(',')
        .map(name => name.trim()),
      signal: context.signal,
    })
    try {
      await writeStream(lines, context.stdout, context.signal)
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

/** The rows as NDJSON, going on where a connection breaks. */
function frameOf(
  source: AppliedSource,
  options: { readonly [name in keyof DataframeOptions]: DataframeOptions[name] | undefined },
): ReadableStream<Uint8Array> {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  )
  try {
    return source.getDataframe(given).toNdjson()
  } catch (cause) {
    throw httpSentence(cause)
  }
}

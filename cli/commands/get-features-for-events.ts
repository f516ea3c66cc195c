import { resolve } from 'node:path'
import { usageError } from '../cli-error.ts'
import { type Command, readArgs } from '../command.ts'
import {
  printSql,
  targetOf,
  trainingFlagLines,
  trainingFlags,
  writeTraining,
} from '../write-training.ts'

const usage =
  'get-features-for-events SERVICE --events FILE --out FILE|- --workspace NAME [--timestamp-key COLUMN] [--format F] [--cut CUTS] [--sql] [flags]'

export const getFeaturesForEvents: Command = {
  name: 'get-features-for-events',
  usage,
  summary: 'Compute what each event of a file would have been served: training data',
  flagLines: [
    '--events FILE     CSV, Parquet, JSON or NDJSON with the join keys and a time of each event',
    '--timestamp-key C the column of that time; needed unless one column alone is of times',
    ...trainingFlagLines,
  ],
  async run(context) {
    const args = readArgs(context, usage, {
      events: { type: 'string' },
      'timestamp-key': { type: 'string' },
      ...trainingFlags,
    })
    const target = targetOf(args, usage)
    const timestampKey = args.textOf('timestamp-key')
    if (args.isSet('sql')) {
      if (timestampKey === undefined) throw usageError('--sql needs --timestamp-key.')
      return printSql(context, args, offline => offline.sql(target, { timestampKey }))
    }
    const events = args.textOf('events')
    if (events === undefined)
      throw usageError(`Name the file of --events.\nUsage: tidegate ${usage}`)
    return writeTraining(context, args, usage, (offline, options) =>
      offline.getFeaturesForEvents(
        target,
        { file: resolve(context.folder, events) },
        { ...options, ...(timestampKey === undefined ? {} : { timestampKey }) },
      ),
    )
  },
}

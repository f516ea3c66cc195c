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
  'get-features-in-range VIEW --start-time T --end-time T --out FILE|- --workspace NAME [--format F] [--cut CUTS] [--sql] [flags]'

export const getFeaturesInRange: Command = {
  name: 'get-features-in-range',
  usage,
  summary: 'Compute what features were at each moment of a range: a row for each stretch',
  flagLines: [
    '--start-time T    the first moment (ISO 8601, UTC unless it says otherwise)',
    '--end-time T      the end of the range, which it does not hold',
    ...trainingFlagLines,
  ],
  async run(context) {
    const args = readArgs(context, usage, {
      'start-time': { type: 'string' },
      'end-time': { type: 'string' },
      ...trainingFlags,
    })
    const target = targetOf(args, usage)
    const [start, end] = [args.textOf('start-time'), args.textOf('end-time')]
    if (start === undefined || end === undefined) {
      throw usageError(`Give --start-time and --end-time.\nUsage: tidegate ${usage}`)
    }
    if (args.isSet('sql')) {
      return printSql(context, args, offline => offline.sql(target, { start, end }))
    }
    return writeTraining(context, args, usage, (offline, options) =>
      offline.getFeaturesInRange(target, { start, end }, options),
    )
  },
}

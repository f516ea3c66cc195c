import { type Command, readArgs, requireCount } from '../command.ts'
import { openPlanner } from '../open-gateway.ts'
import {
  definitionFlagLines,
  definitionOptions,
  exitCodeLines,
  planExitCode,
  planFlagLines,
  planOptions,
  printPlan,
  readDeclared,
  say,
  writePlan,
} from '../plan-steps.ts'

const usage = 'plan FOLDER_OR_FILE --workspace NAME [flags]'

export const plan: Command = {
  name: 'plan',
  usage,
  summary: 'Show what apply would change, and change nothing',
  flagLines: [
    '--suppress-recreates  update in place what would be recreated',
    '--detailed-exit-code  exit with 3 where there are changes',
    ...planFlagLines,
    ...definitionFlagLines,
    ...exitCodeLines,
  ],
  async run(context) {
    const args = readArgs(context, usage, {
      ...definitionOptions,
      ...planOptions,
      'suppress-recreates': { type: 'boolean' },
      'detailed-exit-code': { type: 'boolean' },
    })
    const { flags, positionals, isSet } = args
    requireCount(positionals, [1], usage)
    const workspace = flags.workspace()
    const { json } = await readDeclared(context, args, positionals[0] ?? '', workspace)
    const api = await openPlanner(context, flags)
    const made = await api.plan(workspace, JSON.parse(json), isSet('suppress-recreates'))
    say(context, flags, `Compared with workspace ${workspace} at ${flags.url}`)
    await writePlan(context, args, made)
    printPlan(context, args, made)
    return planExitCode(made, isSet('detailed-exit-code'))
  },
}

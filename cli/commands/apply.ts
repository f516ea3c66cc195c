import { applyOptions, applyPlan, printApplied, yesFlagLine } from '../apply-plan.ts'
import { exitCodes, usageError } from '../cli-error.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { confirm } from '../confirm.ts'
import { openPlanner } from '../open-gateway.ts'
import {
  definitionFlagLines,
  definitionOptions,
  exitCodeLines,
  planFlagLines,
  planOptions,
  readDeclared,
  say,
} from '../plan-steps.ts'
import { printable } from '../printable.ts'

const usage = 'apply FOLDER_OR_FILE | --plan-id ID --workspace NAME [flags]'

export const apply: Command = {
  name: 'apply',
  usage,
  summary: 'Show what the definitions of a folder or a module change, ask, and change it',
  flagLines: [
    '--plan-id ID      apply a plan that was made within 24 hours, instead of definitions',
    yesFlagLine,
    '--suppress-recreates  update in place what would be recreated',
    ...planFlagLines,
    ...definitionFlagLines,
    ...exitCodeLines,
  ],
  async run(context) {
    const args = readArgs(context, usage, {
      ...definitionOptions,
      ...planOptions,
      ...applyOptions,
      'suppress-recreates': { type: 'boolean' },
      'plan-id': { type: 'string' },
    })
    const { flags, positionals, textOf, isSet } = args
    const planId = textOf('plan-id')
    requireCount(positionals, [planId === undefined ? 1 : 0], usage)
    const workspace = flags.workspace()
    if (planId !== undefined) {
      // What the plan was made of is not at hand, so there is nothing to compare or to write.
      for (const flag of ['suppress-recreates', 'json-out']) {
        if (isSet(flag) || textOf(flag) !== undefined) {
          throw usageError(`--${flag} belongs to making a plan; --plan-id applies one as it is.`)
        }
      }
      const api = await openPlanner(context, flags)
      const question = `Are you sure you want to apply plan ${printable(planId)} to: "${workspace}"?`
      await confirm(context, question, isSet('yes'))
      printApplied(context, args, await api.applyPlan(workspace, planId))
      return exitCodes.ok
    }
    const { json } = await readDeclared(context, args, positionals[0] ?? '', workspace)
    const api = await openPlanner(context, flags)
    const plan = await api.plan(workspace, JSON.parse(json), isSet('suppress-recreates'))
    say(context, flags, `Compared with workspace ${workspace} at ${flags.url}`)
    return applyPlan(context, args, api, plan)
  },
}

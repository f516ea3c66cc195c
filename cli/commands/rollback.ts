import { applyOptions, applyPlan, yesFlagLine } from '../apply-plan.ts'
import { type Command, readArgs, requireCount } from '../command.ts'
import { openPlanner } from '../open-gateway.ts'
import { exitCodeLines, planFlagLines, planOptions, say } from '../plan-steps.ts'
import { readVersion } from '../read-version.ts'

const usage = 'rollback VERSION --workspace NAME [flags]'

export const rollback: Command = {
  name: 'rollback',
  usage,
  summary: 'Show what going back to a version changes, ask, and go back',
  flagLines: [yesFlagLine, ...planFlagLines, ...exitCodeLines],
  async run(context) {
    const args = readArgs(context, usage, { ...planOptions, ...applyOptions })
    const { flags, positionals } = args
    requireCount(positionals, [1], usage)
    const version = readVersion(positionals[0] ?? '')
    const workspace = flags.workspace()
    const api = await openPlanner(context, flags)
    const plan = await api.planRollback(workspace, version)
    say(context, flags, `Compared version ${version} with workspace ${workspace} at ${flags.url}`)
    return applyPlan(context, args, api, plan)
  },
}

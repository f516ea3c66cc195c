import type { Applied, Plan } from '../shared/plan-protocol.ts'
import { exitCodes } from './cli-error.ts'
import type { CommandContext, ReadArgs } from './command.ts'
import { confirm } from './confirm.ts'
import type { PlanApi } from './plan-api.ts'
import { printPlan, writePlan } from './plan-steps.ts'
import { printable } from './printable.ts'
import { renderExactJson } from './render-exact-json.ts'
import { countObjects, renderPlan } from './render-plan.ts'

/** Flags of every command that changes a workspace. */
export const applyOptions = { yes: { type: 'boolean', short: 'y' } } as const
export const yesFlagLine = '-y, --yes         ask nobody'

/** Shows a plan, asks whether it is meant and does exactly that. Gives the exit code. */
export async function applyPlan(
  context: CommandContext,
  args: ReadArgs,
  api: PlanApi,
  plan: Plan,
): Promise<number> {
  const { workspace } = plan
  const isRefused = plan.refusals.length > 0
  const isNothing = plan.changes.length === 0
  // With --json only one thing is printed: what was applied, or the plan where nothing is.
  const isPrinted = !args.flags.json || isRefused || isNothing
  await writePlan(context, args, plan)
  if (isPrinted) printPlan(context, args, plan)
  // Nobody says yes to what was not shown.
  else if (!args.isSet('yes')) context.stderr.write(`${renderPlan(plan)}\n`)
  if (isRefused) return exitCodes.refused
  if (isNothing) return exitCodes.ok
  const question = `Are you sure you want to apply this plan to: "${printable(workspace)}"?`
  await confirm(context, question, args.isSet('yes'))
  printApplied(context, args, await api.applyPlan(workspace, plan.plan_id))
  return exitCodes.ok
}

/** Prints what an apply did. */
export function printApplied({ stdout }: CommandContext, { flags }: ReadArgs, applied: Applied) {
  const { workspace, version } = applied
  // What stays is listed, too.
  const changes = applied.changes.filter(({ action }) => action !== 'none')
  const line = `Workspace ${printable(workspace)} is now at version ${version}: ${countObjects(changes.length)} changed.`
  stdout.write(`${flags.json ? renderExactJson({ ...applied, changes }) : line}\n`)
}

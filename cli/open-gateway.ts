import type { CommandContext, CommonFlags } from './command.ts'
import { createGatewayApi, type GatewayAddress, type GatewayApi } from './gateway-api.ts'
import { createPlanApi, type PlanApi } from './plan-api.ts'
import { readKey } from './read-key.ts'

/** Gives the gateway that flags and environment name, as an address and as functions. */
export async function openGateway(
  { env, signal }: Pick<CommandContext, 'env' | 'signal'>,
  { url, keyFile, workspace }: CommonFlags,
): Promise<{ readonly address: GatewayAddress; readonly api: GatewayApi }> {
  const name = workspace()
  const address = { url, key: await readKey({ env, keyFile }), workspace: name }
  return { address, api: createGatewayApi({ ...address, signal }) }
}

/** Gives the routes that plan and change workspaces. */
export async function openPlanner(
  { env, signal }: Pick<CommandContext, 'env' | 'signal'>,
  { url, keyFile }: CommonFlags,
): Promise<PlanApi> {
  return createPlanApi({ url, key: await readKey({ env, keyFile }), signal })
}

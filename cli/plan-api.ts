import { GatewayError } from '../client/workspace/gateway-error.ts'
import { createGatewayHttp, type HttpOptions } from '../client/workspace/gateway-http.ts'
import {
  appliedSchema,
  historySchema,
  historyVersionSchema,
  planSchema,
  workspaceEntrySchema,
  workspaceListSchema,
} from '../client/workspace/plan-schemas.ts'
import type {
  Applied,
  ApplyRequest,
  CreateWorkspaceRequest,
  PlanRequest,
  RollbackRequest,
} from '../shared/plan-protocol.ts'
import { CliError, exitCodes, hasCode, sentenceOf } from './cli-error.ts'
import { httpSentence, orSentence } from './http-sentence.ts'

export type PlanApi = ReturnType<typeof createPlanApi>

/** The routes that plan and change workspaces, as functions; each failure is thrown as one sentence. */
export function createPlanApi(options: Pick<HttpOptions, 'url' | 'key' | 'signal'>) {
  const http = createGatewayHttp(options)
  const pathOf = (workspace: string) => `/workspaces/${encodeURIComponent(workspace)}`
  const apply = (workspace: string, json: ApplyRequest): Promise<Applied> =>
    orMoved(
      http.json(appliedSchema, `${pathOf(workspace)}/apply`, { method: 'post', json }),
      options.signal,
    )
  return {
    plan: (workspace: string, definitions: unknown, suppressRecreates: boolean) => {
      const json: PlanRequest = {
        protocol: 1,
        definitions,
        ...(suppressRecreates ? { suppress_recreates: true } : {}),
      }
      const options = { method: 'post', json }
      return orSentence(http.json(planSchema, `${pathOf(workspace)}/plan`, options))
    },
    /** Does exactly what a plan said; refused where the workspace moved since. */
    applyPlan: (workspace: string, planId: string) =>
      apply(workspace, { protocol: 1, plan_id: planId }),
    /** The plan of going back to a version. */
    planRollback: (workspace: string, version: number) => {
      const json: RollbackRequest = { protocol: 1, version, dry_run: true }
      const options = { method: 'post', json }
      return orSentence(http.json(planSchema, `${pathOf(workspace)}/rollback`, options))
    },
    getHistory: (workspace: string, searchParams: Readonly<Record<string, string>> = {}) =>
      orSentence(http.json(historySchema, `${pathOf(workspace)}/history`, { searchParams })),
    getVersion: (workspace: string, version: number) =>
      orSentence(http.json(historyVersionSchema, `${pathOf(workspace)}/history/${version}`)),
    createWorkspace: (workspace: string, live: boolean) => {
      const json: CreateWorkspaceRequest = { protocol: 1, live }
      return orSentence(http.json(workspaceEntrySchema, pathOf(workspace), { method: 'put', json }))
    },
    listWorkspaces: () => orSentence(http.json(workspaceListSchema, '/workspaces')),
    deleteWorkspace: async (workspace: string): Promise<void> => {
      await orMoved(http.call(pathOf(workspace), { method: 'delete' }), options.signal)
    },
  }
}

const exitCodesOf: Readonly<Record<string, number>> = {
  conflict: exitCodes.moved,
  refused_plan: exitCodes.refused,
}
const withoutAnswer: readonly string[] = ['unreachable', 'timeout', 'unreadable_reply']

/** A workspace that moved and a plan that is refused have exit codes of their own. Without an answer nobody knows. */
async function orMoved<T>(call: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await call
  } catch (cause) {
    const isUnanswered = cause instanceof GatewayError && withoutAnswer.includes(cause.code)
    if (signal?.aborted || (isUnanswered && !wasRefused(cause))) {
      throw new CliError(
        `${sentenceOf(cause)} Whether the workspace was changed is not known: tidegate history tells.`,
        { cause },
      )
    }
    const sentence = httpSentence(cause)
    const exitCode = cause instanceof GatewayError ? exitCodesOf[cause.code] : undefined
    throw exitCode === undefined ? sentence : new CliError(sentenceOf(cause), { exitCode, cause })
  }
}

/** Nobody was there to hear the call. */
function wasRefused(error: unknown): boolean {
  return hasCode(error, 'ECONNREFUSED') || (error instanceof Error && wasRefused(error.cause))
}

import * as v from 'valibot'
import { limits } from '../../shared/limits.ts'
import type { Applied } from '../../shared/plan-protocol.ts'
import { messageFormat } from '../contracts/message.ts'
import type { ApplyReply, PlanReply, RegistryRefusal } from '../contracts/registry-contract.ts'
import type { DefinitionsCache } from '../ingest/definitions-cache.ts'
import type { Clock, Peers } from '../ports.ts'
import type { Holder } from './authenticate.ts'
import { bodyOf } from './json-body.ts'
import { Problem, unknownWorkspace } from './problem.ts'
import { readBody } from './read-body.ts'

export interface ApplyPorts {
  readonly clock: Clock
  readonly peers: Peers
  readonly definitions: Pick<DefinitionsCache, 'newest'>
}

const maxBodyBytes = 2 * limits.maxDefinitionsBytes
const protocol = v.literal(1)
const suppress = v.optional(v.boolean())
const planSchema = v.object({ protocol, definitions: v.unknown(), suppress_recreates: suppress })
const applySchema = v.union([
  v.object({ protocol, plan_id: v.string() }),
  v.object({
    protocol,
    expected_hash: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
    definitions: v.unknown(),
    suppress_recreates: suppress,
  }),
])
const rollbackSchema = v.object({
  protocol,
  version: v.pipe(v.number(), v.safeInteger()),
  dry_run: v.optional(v.boolean()),
})

/** Answers `POST …/plan`: what an apply would change, and the id by which exactly that can be applied for a day. */
export async function answerPlan(
  { clock, peers }: ApplyPorts,
  request: Request,
  workspace: string,
  { workspaceId }: Holder,
): Promise<Response> {
  const form = '{"protocol": 1, "definitions": …}'
  const body = bodyOf(planSchema, await readBody(request, clock, maxBodyBytes), 'A plan', form)
  const reply = await peers.registry(workspaceId).plan({
    format: messageFormat,
    workspace,
    canonical: JSON.stringify(body.definitions),
    suppressRecreates: body.suppress_recreates === true,
  })
  return planResponse(reply)
}

/** Answers `POST …/apply`: a plan, or definitions and the hash that they follow; all of it or nothing. */
export async function answerApply(
  ports: ApplyPorts,
  request: Request,
  workspace: string,
  holder: Holder,
): Promise<Response> {
  const { clock, peers } = ports
  const { workspaceId, keyId } = holder
  const form =
    '{"protocol": 1, "plan_id": …} or {"protocol": 1, "expected_hash": …, "definitions": …}'
  const body = bodyOf(applySchema, await readBody(request, clock, maxBodyBytes), 'An apply', form)
  const head = { format: messageFormat, workspace, keyId }
  const reply = await peers.registry(workspaceId).apply(
    'plan_id' in body
      ? { ...head, planId: body.plan_id }
      : {
          ...head,
          expectedHash: body.expected_hash,
          canonical: JSON.stringify(body.definitions),
          suppressRecreates: body.suppress_recreates === true,
        },
  )
  return appliedResponse(ports, workspace, holder, reply)
}

/** Answers `POST …/rollback`: applies an earlier version's definitions again, or plans that with `dry_run`. */
export async function answerRollback(
  ports: ApplyPorts,
  request: Request,
  workspace: string,
  holder: Holder,
): Promise<Response> {
  const { clock, peers } = ports
  const { workspaceId, keyId } = holder
  const form = '{"protocol": 1, "version": N, "dry_run": true|false}'
  const body = bodyOf(rollbackSchema, await readBody(request, clock), 'A rollback', form)
  const registry = peers.registry(workspaceId)
  const head = { format: messageFormat, workspace }
  if (body.dry_run === true) {
    return planResponse(await registry.planRollback({ ...head, version: body.version }))
  }
  const reply = await registry.apply({ ...head, keyId, rollbackTo: body.version })
  return appliedResponse(ports, workspace, holder, reply)
}

/** Answers `GET /api/v1/workspaces/{workspace}/definitions`: what was applied last. */
export async function answerDefinitions(
  peers: Peers,
  workspace: string,
  { workspaceId }: Holder,
): Promise<Response> {
  const registry = peers.registry(workspaceId)
  const [known, applied] = await Promise.all([
    registry.definitions({ format: messageFormat }),
    registry.applied({ format: messageFormat }),
  ])
  if (known?.workspace !== workspace || applied === undefined) throw unknownWorkspace(workspace)
  const { version, hash, canonical } = applied
  const head = JSON.stringify({ workspace, version, hash }).slice(0, -1)
  return new Response(`${head},"definitions":${canonical}}`, {
    headers: { 'content-type': 'application/json' },
  })
}

/** Says what an apply has made, or why it has not; from here on this Worker knows nothing older. */
export async function appliedResponse(
  { definitions }: ApplyPorts,
  workspace: string,
  { workspaceId }: Holder,
  reply: ApplyReply,
): Promise<Response> {
  if (reply.outcome !== 'applied') throw problemOf(reply)
  await definitions.newest(workspaceId)
  const { version, hash, changes } = reply
  return Response.json({ workspace, version, hash, changes } satisfies Applied)
}

export function problemOf({ outcome, reason }: RegistryRefusal): Problem {
  return new Problem(outcome === 'invalid' ? 'invalid_definitions' : outcome, reason)
}

function planResponse(reply: PlanReply): Response {
  if (reply.outcome !== 'planned') throw problemOf(reply)
  return Response.json(reply.plan)
}

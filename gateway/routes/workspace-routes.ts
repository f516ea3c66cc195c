import * as v from 'valibot'
import type {
  History,
  HistoryEntry,
  RetiredList,
  WorkspaceEntry,
  WorkspaceList,
} from '../../shared/plan-protocol.ts'
import { timestampOfMicros } from '../../shared/timestamp.ts'
import { messageFormat } from '../contracts/message.ts'
import type { VersionState, WorkspaceState } from '../contracts/registry-contract.ts'
import type { Peers } from '../ports.ts'
import { type ApplyPorts, appliedResponse, problemOf } from './apply-route.ts'
import type { Holder } from './authenticate.ts'
import { bodyOf } from './json-body.ts'
import { Problem, unknownWorkspace } from './problem.ts'
import { readBody } from './read-body.ts'

const createSchema = v.object({ protocol: v.literal(1), live: v.boolean() })
const historyCount = 20
const maxHistoryCount = 100

/** Answers `GET /api/v1/workspaces`: a key knows one workspace at most. */
export async function answerWorkspaces(peers: Peers, { workspaceId }: Holder): Promise<Response> {
  const state = await peers.registry(workspaceId).workspace({ format: messageFormat })
  const workspaces = state === undefined ? [] : [entryOf(state)]
  return Response.json({ workspaces } satisfies WorkspaceList)
}

/** Answers `PUT /api/v1/workspaces/{workspace}`: names the key's workspace, live or not, once. */
export async function answerCreate(
  { clock, peers }: ApplyPorts,
  request: Request,
  workspace: string,
  { workspaceId }: Holder,
): Promise<Response> {
  const form = '{"protocol": 1, "live": true|false}'
  const { live } = bodyOf(createSchema, await readBody(request, clock), 'A creation', form)
  const registry = peers.registry(workspaceId)
  const reply = await registry.create({ format: messageFormat, workspace, live })
  if ('reason' in reply) throw problemOf(reply)
  return Response.json(entryOf(reply), { status: reply.outcome === 'created' ? 201 : 200 })
}

/** Answers `DELETE /api/v1/workspaces/{workspace}`: deletes all that is declared, then the name. */
export async function answerRemove(
  ports: ApplyPorts,
  workspace: string,
  holder: Holder,
): Promise<Response> {
  const { workspaceId, keyId } = holder
  const message = { format: messageFormat, workspace, keyId }
  const reply = await ports.peers.registry(workspaceId).remove(message)
  return appliedResponse(ports, workspace, holder, reply)
}

/** Answers `GET …/history`: who applied what and when, the newest first; `before=VERSION` gives older ones. */
export async function answerHistory(
  peers: Peers,
  workspace: string,
  { workspaceId }: Holder,
  parameters: URLSearchParams,
): Promise<Response> {
  const registry = peers.registry(workspaceId)
  await requireWorkspace(peers, workspace, workspaceId)
  const before = integerOf(parameters, 'before', Number.MAX_SAFE_INTEGER)
  const count = integerOf(parameters, 'limit', maxHistoryCount) ?? historyCount
  const versions = await registry.history({
    format: messageFormat,
    count,
    ...(before === undefined ? {} : { before }),
  })
  return Response.json({ applies: versions.map(historyEntry) } satisfies History)
}

/** Answers `GET …/history/{version}`: that version with its differences and definitions. */
export async function answerVersion(
  peers: Peers,
  workspace: string,
  { workspaceId }: Holder,
  version: string,
): Promise<Response> {
  await requireWorkspace(peers, workspace, workspaceId)
  const number = /^[1-9]\d{0,14}$/.test(version) ? Number(version) : 0
  const found = await peers
    .registry(workspaceId)
    .version({ format: messageFormat, version: number })
  if (found === undefined) {
    throw new Problem(
      'unknown_version',
      `Version "${version.slice(0, 32)}" was never applied to workspace "${workspace}".`,
    )
  }
  const head = JSON.stringify({ ...historyEntry(found), changes: found.changes }).slice(0, -1)
  return new Response(`${head},"definitions":${found.canonical}}`, {
    headers: { 'content-type': 'application/json' },
  })
}

/**
 * Answers `GET …/retired`: sources that were deleted or recreated, whose parts stay under their ids for as long as
 * their retention says.
 */
export async function answerRetired(
  peers: Peers,
  workspace: string,
  { workspaceId }: Holder,
): Promise<Response> {
  await requireWorkspace(peers, workspace, workspaceId)
  const retired = await peers.registry(workspaceId).retired({ format: messageFormat })
  return Response.json({
    sources: retired.map(({ source, retiredUs }) => ({
      name: source.name,
      id: source.id,
      retired_at: timestampOfMicros(BigInt(retiredUs)),
      log_offline: source.logOffline,
      retention_ms: source.retentionMs ?? null,
      parts: `log/v1/${workspaceId}/${source.id}/`,
    })),
  } satisfies RetiredList)
}

async function requireWorkspace(peers: Peers, workspace: string, workspaceId: string) {
  const state = await peers.registry(workspaceId).workspace({ format: messageFormat })
  if (state?.name !== workspace) throw unknownWorkspace(workspace)
}

function integerOf(parameters: URLSearchParams, name: string, most: number): number | undefined {
  const text = parameters.get(name)
  if (text === null) return undefined
  const number = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN
  if (number <= most) return number
  throw new Problem(
    'malformed_request',
    `"${name}" is a whole number from 1 to ${most}; got "${text.slice(0, 32)}".`,
  )
}

function entryOf({ name, live, version, createdUs }: WorkspaceState): WorkspaceEntry {
  return { name, live, version, created_at: timestampOfMicros(BigInt(createdUs)) }
}

function historyEntry({
  version,
  hash,
  appliedUs,
  keyId,
  action,
  changes,
}: VersionState): HistoryEntry {
  return {
    version,
    hash,
    applied_at: timestampOfMicros(BigInt(appliedUs)),
    key_id: keyId,
    action,
    changes: changes.map(({ action, kind, name }) => ({ action, kind, name })),
  }
}

import * as v from 'valibot'
import { limits } from '../../shared/limits.ts'
import { messageFormat } from '../contracts/message.ts'
import type { Clock, Peers } from '../ports.ts'
import type { Holder } from './authenticate.ts'
import { Problem } from './problem.ts'
import { readBody } from './read-body.ts'

const applySchema = v.object({
  protocol: v.literal(1),
  expected_hash: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  definitions: v.unknown(),
})

/** Answers `POST /api/v1/workspaces/{workspace}/apply`: all or nothing, creations and repetitions only. */
export async function answerApply(
  ports: { readonly clock: Clock; readonly peers: Peers },
  request: Request,
  workspace: string,
  { workspaceId, keyId }: Holder,
): Promise<Response> {
  const text = await readBody(request, ports.clock, 2 * limits.maxDefinitionsBytes)
  const body = v.safeParse(applySchema, parse(text))
  if (!body.success) {
    const [issue] = body.issues
    throw new Problem(
      'malformed_request',
      `An apply is {"protocol": 1, "expected_hash": …, "definitions": …}: ${v.getDotPath(issue) ?? 'the body'}: ${issue.message}.`,
    )
  }
  const registry = ports.peers.registry(workspaceId)
  const known = await registry.definitions({ format: messageFormat })
  if (known !== undefined && known.workspace !== workspace) {
    throw new Problem(
      'unknown_workspace',
      `No workspace "${workspace.slice(0, 64)}" is known to this key.`,
    )
  }
  const reply = await registry.apply({
    format: messageFormat,
    workspace,
    expectedHash: body.output.expected_hash,
    canonical: JSON.stringify(body.output.definitions),
    keyId,
  })
  if (reply.outcome !== 'applied') {
    throw new Problem(
      reply.outcome === 'invalid' ? 'invalid_definitions' : 'conflict',
      reply.reason,
    )
  }
  const { version, hash, changes } = reply
  return Response.json({ workspace, version, hash, changes })
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
  if (known?.workspace !== workspace || applied === undefined) {
    throw new Problem(
      'unknown_workspace',
      `No workspace "${workspace.slice(0, 64)}" is known to this key.`,
    )
  }
  const { version, hash, canonical } = applied
  const head = JSON.stringify({ workspace, version, hash }).slice(0, -1)
  return new Response(`${head},"definitions":${canonical}}`, {
    headers: { 'content-type': 'application/json' },
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('malformed_request', 'The body is not valid JSON.')
  }
}

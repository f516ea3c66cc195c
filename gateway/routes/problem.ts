import { type RequestCode, requestCodes } from '../../shared/error-codes.ts'
import type { IngestRefusal } from '../../shared/ingest-protocol.ts'

/** A refusal on its way out of a route; thrown inside routes, answered by the app in the route's manner. */
export class Problem extends Error {
  readonly code: RequestCode
  readonly retryAfterSeconds: number | undefined

  constructor(code: RequestCode, detail: string, retryAfterSeconds?: number) {
    super(detail)
    this.name = 'Problem'
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** A key knows one workspace, by the name that it has. */
export function unknownWorkspace(workspace: string): Problem {
  const name = workspace.slice(0, 64)
  return new Problem('unknown_workspace', `No workspace "${name}" is known to this key.`)
}

/** How a path speaks of errors: ingest and serving as Tecton's clients expect it, the rest by RFC 9457. */
export type Manner = 'ingest' | 'serving' | 'problem'

/** Writes a refusal in the manner of its path. */
export function problemResponse(manner: Manner, problem: Problem): Response {
  const { status, title } = requestCodes[problem.code]
  const headers = new Headers({
    'content-type': manner === 'problem' ? 'application/problem+json' : 'application/json',
  })
  if (problem.retryAfterSeconds !== undefined) {
    headers.set('retry-after', String(problem.retryAfterSeconds))
  }
  if (status === 401) headers.set('www-authenticate', 'Bearer')
  const body = {
    ingest: () => ingestRefusal(problem),
    serving: () => ({ error: problem.message, code: grpcCodes[status], message: problem.message }),
    problem: () => ({
      type: 'about:blank',
      title,
      status,
      code: problem.code,
      detail: problem.message,
    }),
  }[manner]()
  return new Response(JSON.stringify(body), { status, headers })
}

function ingestRefusal({ code, message }: Problem): IngestRefusal {
  return {
    requestError: { errorType: 'RequestValidationError', errorMessage: message, code },
  }
}

/** gRPC status codes, as Tecton's serving clients read them. */
const grpcCodes = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  409: 9,
  410: 5,
  413: 3,
  415: 3,
  422: 3,
  429: 8,
  500: 13,
  503: 14,
  504: 4,
} as const satisfies { readonly [status in (typeof requestCodes)[RequestCode]['status']]: number }

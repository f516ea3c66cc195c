import { isHTTPError, isNetworkError, isTimeoutError } from 'ky'
import * as v from 'valibot'
import { requestCodes } from '../../shared/error-codes.ts'
import { shorten } from '../../shared/fields/text.ts'
import { GatewayError } from './gateway-error.ts'

/** Both faces of a refusal: of the reads, and of ingest and serving, whose codes are gRPC's numbers. */
const problemSchema = v.object({
  code: v.optional(v.union([v.string(), v.number()])),
  title: v.optional(v.string()),
  detail: v.optional(v.string()),
  message: v.optional(v.string()),
})
type ReadProblem = v.InferOutput<typeof problemSchema>

/** A sentence of somebody else's may be a page. */
const maxSaid = 1_000

/** Whether the same request may be answered otherwise in a moment. */
export function isWorthAnotherTry(error: unknown): boolean | undefined {
  if (!isHTTPError(error)) return isTimeoutError(error) ? true : undefined
  const known = codeOf(problemOf(error.data))
  return known === undefined ? undefined : known.retry === 'later'
}

/**
 * Makes of what ky threw a sentence on what failed, where, what came back and what helps. Ky's errors are no cause of
 * it: they hold the request, and so the key, for whoever logs them.
 */
export function gatewayError(address: string, error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const place = new URL(address)
  if (isHTTPError(error)) {
    const { status } = error.response
    const problem = problemOf(error.data)
    const said = shorten(
      problem.detail ?? problem.message ?? problem.title ?? 'no reason given',
      maxSaid,
    )
    const sentence = `${error.request.method} ${place.pathname} was answered ${status}: ${said}`
    return new GatewayError(withFullStop(sentence), {
      code: typeof problem.code === 'string' ? problem.code : `http_${status}`,
      status,
    })
  }
  if (isTimeoutError(error)) {
    return new GatewayError(`${place.origin} did not answer in time. Try again in a moment.`, {
      code: 'timeout',
    })
  }
  return new GatewayError(`${place.origin} cannot be reached.`, {
    code: 'unreachable',
    cause: isNetworkError(error) ? error.cause : error,
  })
}

/** The sentence for an answer that no gateway of this version gives. */
export function unreadable(address: string, what: string, cause?: unknown): GatewayError {
  const { origin, pathname } = new URL(address)
  return new GatewayError(
    `${origin} answered ${pathname} in a form that this version does not know (${shorten(what, maxSaid)}). Is it a Tidegate gateway of the same version?`,
    { code: 'unreadable_reply', cause },
  )
}

function codeOf({ code }: ReadProblem) {
  return Object.entries(requestCodes).find(([known]) => known === code)?.[1]
}

function problemOf(data: unknown): ReadProblem {
  const read = v.safeParse(problemSchema, typeof data === 'string' ? parse(data) : data)
  return read.success ? read.output : {}
}

/** A stranger's error page is no JSON and says nothing to us. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function withFullStop(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}

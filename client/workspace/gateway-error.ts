import { type RequestCode, requestCodes } from '../../shared/error-codes.ts'

/** Why a call of a gateway failed, where it is not the gateway that says so. */
export type DoorCode =
  /** No connection, or it broke before an answer. */
  | 'unreachable'
  | 'timeout'
  /** The answer is none of a Tidegate gateway, or not whole. */
  | 'unreadable_reply'
  | 'newer_protocol'
  /** A data frame broke and could not be resumed for now; `resume` says from where. */
  | 'broken_off'

/** What `getDataframe` takes to go on with a read that broke. */
export interface ResumePoint {
  readonly cut: string
  readonly after?: string
}

export interface GatewayErrorFacts {
  /** The gateway's own code (a newer one may know more), or one of {@link DoorCode}. */
  readonly code: RequestCode | DoorCode | (string & {})
  readonly status?: number
  readonly resume?: ResumePoint
  readonly cause?: unknown
}

/** A call of a gateway that failed. Its message says what, where, what came back and what helps; never a key. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: GatewayErrorFacts['code']
  /** The HTTP status, where there was an answer that was not 200. */
  readonly status: number | undefined
  /** Where a data frame may be read on later. */
  readonly resume: ResumePoint | undefined

  constructor(sentence: string, { code, status, resume, cause }: GatewayErrorFacts) {
    super(sentence, { cause })
    this.code = code
    this.status = status
    this.resume = resume
  }
}

/** Whether the same call may succeed in a moment. */
export function isPassing({ code, status = 0 }: GatewayError): boolean {
  const known = Object.entries(requestCodes).find(([name]) => name === code)?.[1]
  if (known !== undefined) return known.retry === 'later'
  return (
    code === 'unreachable' ||
    code === 'timeout' ||
    status === 408 ||
    status === 429 ||
    status >= 500
  )
}

import { GatewayError, isPassing, type ResumePoint } from './gateway-error.ts'
import { BrokenLines } from './whole-lines.ts'

export interface FrameFailure {
  readonly source: string
  /** Given before it broke. */
  readonly rows: number
  readonly failure: unknown
  /** Absent while there is no cut. */
  readonly resume: ResumePoint | undefined
}

/** Gives what ends a reading that broke; nothing where it may be resumed once more. */
export function finalFailure(
  { source, rows, failure, resume }: FrameFailure,
  isLast: boolean,
): unknown {
  const reason = failure instanceof Error ? failure.message : String(failure)
  if (failure instanceof BrokenLines) {
    return new GatewayError(
      `What came as the data frame of "${source}" is none: ${reason}. Is it a Tidegate gateway of the same version, with nothing in between that changes its answers?`,
      { code: 'unreadable_reply', cause: failure },
    )
  }
  // Without a cut there is nothing to go on from: the rows might be others.
  if (resume === undefined) return failure
  const broke = `The data frame of "${source}" broke off after ${rows} rows`
  if (failure instanceof GatewayError && !isPassing(failure)) {
    const { code, status } = failure
    return new GatewayError(`${broke} and cannot be resumed: ${reason} Read it anew.`, {
      code,
      ...(status === undefined ? {} : { status }),
      cause: failure,
    })
  }
  if (!isLast) return undefined
  return new GatewayError(
    `${broke}, and no try to resume it brought more (${reason}). Read on later: getDataframe takes this error's "resume".`,
    { code: 'broken_off', resume, cause: failure },
  )
}

import { isHTTPError, isTimeoutError } from 'ky'
import * as v from 'valibot'
import { CliError } from './cli-error.ts'

/** Both faces of a refusal: of the reads, and of ingest and serving. */
const problemSchema = v.object({
  title: v.optional(v.string()),
  detail: v.optional(v.string()),
  message: v.optional(v.string()),
})

/** What helps against a status, where something does. */
const nextSteps: Readonly<Record<number, string>> = {
  401: 'Set TIDEGATE_KEY, or name a file with the key by --key-file.',
  404: 'Check --workspace and the name; tidegate apply creates what is missing.',
  429: 'Try again in a moment.',
  503: 'Try again in a moment.',
}

/** Says what failed, where, what came back and what helps; never a key, never a stack. */
export function httpSentence(address: string, error: unknown): CliError {
  const place = new URL(address)
  if (isHTTPError(error)) {
    const { status } = error.response
    const { title, detail, message } = problemOf(error.data)
    const said = detail ?? message ?? title ?? 'no reason given'
    const sentence = `${error.request.method} ${place.pathname} was answered ${status}: ${said}`
    return new CliError([withFullStop(sentence), nextSteps[status]].filter(Boolean).join(' '), {
      cause: error,
    })
  }
  if (isTimeoutError(error)) {
    return new CliError(`${place.origin} did not answer in time. Try again in a moment.`, {
      cause: error,
    })
  }
  if (v.isValiError(error) || error instanceof SyntaxError) {
    return new CliError(
      `${place.origin} answered ${place.pathname} in a form that this version does not know ` +
        `(${error.message}). Is it a Tidegate gateway of the same version?`,
      { cause: error },
    )
  }
  return new CliError(
    `${place.origin} cannot be reached. Is the gateway running there? Check --url; tidegate dev starts one here.`,
    { cause: error },
  )
}

function problemOf(data: unknown): v.InferOutput<typeof problemSchema> {
  try {
    return v.parse(problemSchema, typeof data === 'string' ? JSON.parse(data) : data)
  } catch {
    return {}
  }
}

function withFullStop(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}

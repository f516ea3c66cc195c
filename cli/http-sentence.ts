import { GatewayError } from '../client/workspace/gateway-error.ts'
import { ValidationError } from '../shared/fields/validation-error.ts'
import { CliError, usageError } from './cli-error.ts'

/** What helps at a terminal against a status or a code, where something does. */
const nextSteps: Readonly<Record<string, string>> = {
  unknown_workspace:
    'A key knows one workspace, and tidegate workspace list names it; where it has none yet, tidegate apply makes it.',
  unknown_version: 'tidegate history lists the versions.',
  // It says itself what helps.
  unknown_plan: '',
  401: 'Set TIDEGATE_KEY, or name a file with the key by --key-file.',
  404: 'Check --workspace and the name; tidegate apply creates what is missing.',
  429: 'Try again in a moment.',
  503: 'Try again in a moment.',
  unreachable: 'Is the gateway running there? Check --url; tidegate dev starts one here.',
}

/** Waits for a call of a gateway; what it throws becomes a sentence for the person at the terminal. */
export async function orSentence<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (cause) {
    throw httpSentence(cause)
  }
}

/** Adds what helps to a failure of the gateway's; gives anything else as it is. */
export function httpSentence(cause: unknown): unknown {
  if (cause instanceof ValidationError) return usageError(cause.message, cause)
  if (!(cause instanceof GatewayError)) return cause
  const step = nextSteps[cause.code] ?? nextSteps[cause.status ?? '']
  return new CliError([cause.message, step].filter(Boolean).join(' '), { cause })
}

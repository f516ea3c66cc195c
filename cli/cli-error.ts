/** Exit codes of the program; scripts may rely on them. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** `plan --detailed-exit-code`: there is something to apply. */
  changes: 3,
  /** The plan cannot be applied. */
  refused: 4,
  /** The workspace is not what was planned for. */
  moved: 5,
  /** Nobody said yes. */
  unconfirmed: 6,
} as const

/** A sentence for the person at the terminal: what, where, got, limit, what next. It ends the program. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: number

  constructor(
    sentence: string,
    options: { readonly exitCode?: number; readonly cause?: unknown } = {},
  ) {
    super(sentence, { cause: options.cause })
    this.exitCode = options.exitCode ?? exitCodes.failure
  }
}

/** Makes the error of a command line that cannot be understood (exit code 2). */
export function usageError(sentence: string, cause?: unknown): CliError {
  return new CliError(sentence, { exitCode: exitCodes.usage, cause })
}

/** Gives the sentence of anything thrown, without its stack. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Whether an error of Node's file system or network carries this code, e.g. `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

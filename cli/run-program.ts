import { CliError, exitCodes, hasCode, sentenceOf } from './cli-error.ts'

/**
 * Runs a program with a signal that fires at Ctrl-C or SIGTERM, and ends the process with its exit code.
 * What goes wrong is one sentence on standard error.
 */
export async function runProgram(program: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const abort = new AbortController()
  const onSignal = (): void => abort.abort()
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  // A closed pipe is the reader's choice; what writes to it hears of it and ends.
  process.stdout.on('error', error => {
    if (!hasCode(error, 'EPIPE')) throw error
  })
  try {
    process.exitCode = await program(abort.signal)
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`)
    process.exitCode = error instanceof CliError ? error.exitCode : exitCodes.failure
    if (!(error instanceof CliError) && process.env.TIDEGATE_DEBUG) console.error(error)
  }
  process.off('SIGINT', onSignal)
  process.off('SIGTERM', onSignal)
}

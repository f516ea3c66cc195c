import { CliError, exitCodes, hasCode, sentenceOf } from './cli-error.ts'

/**
 * Runs a program with a signal that fires at Ctrl-C or SIGTERM, and ends the process with its exit code.
 * What goes wrong is one sentence on standard error.
 */
export async function runProgram(program: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const abort = new AbortController()
  const onSignal = (): void => abort.abort(new CliError('Stopped.'))
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  let lost: CliError | undefined
  // A closed pipe is the reader's choice; what writes to it hears of it and ends.
  process.stdout.on('error', cause => {
    if (lost !== undefined || hasCode(cause, 'EPIPE')) return
    const sentence = `What was printed is not all of it: standard output cannot be written (${cause.message}).`
    lost = new CliError(sentence, { cause })
    abort.abort(lost)
  })
  try {
    process.exitCode = await program(abort.signal)
    // A stream tells of its failure a moment after it was written to.
    await new Promise(resolve => setImmediate(resolve))
    if (lost !== undefined) throw lost
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`)
    process.exitCode = error instanceof CliError ? error.exitCode : exitCodes.failure
    if (!(error instanceof CliError) && process.env.TIDEGATE_DEBUG) console.error(error)
  }
  process.off('SIGINT', onSignal)
  process.off('SIGTERM', onSignal)
}

import { createInterface } from 'node:readline'
import { CliError, exitCodes } from './cli-error.ts'
import type { CommandContext } from './command.ts'

/**
 * Returns when the person at the terminal says yes, or said so by `--yes`; throws with an exit code of its own where
 * they do not, or where nobody can be asked.
 */
export async function confirm(
  { stdin, stderr, signal }: Pick<CommandContext, 'stdin' | 'stderr' | 'signal'>,
  question: string,
  isSaid: boolean,
): Promise<void> {
  if (isSaid) return
  if (stdin?.isTTY !== true) {
    throw unconfirmed('Nobody is here to say yes: input is no terminal. Say --yes beforehand.')
  }
  stderr.write(`${question} [y/N]> `)
  const answer = await readLine(stdin, signal)
  // Without an answer the cursor still stands behind the question.
  if (answer === undefined) stderr.write('\n')
  if (!/^\s*y(?:es)?\s*$/i.test(answer ?? '')) throw unconfirmed('Nothing was changed.')
}

function unconfirmed(sentence: string): CliError {
  return new CliError(sentence, { exitCode: exitCodes.unconfirmed })
}

/** Gives nothing where input ends, or the program is stopped, before a line does. */
function readLine(input: NodeJS.ReadableStream, signal: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input, signal })
  return new Promise<string | undefined>(resolve => {
    lines.once('line', resolve)
    lines.once('close', () => resolve(undefined))
  }).finally(() => lines.close())
}

/**
 * Writes how far a run has come to stderr until it is called off: over and over in one line of a terminal,
 * elsewhere a line every so many seconds.
 */
export function sayProgress(everySeconds: number, sentence: () => string): () => void {
  const { isTTY } = process.stderr
  const say = () => process.stderr.write(isTTY ? `\r${sentence()} ` : `${sentence()}\n`)
  const timer = setInterval(say, isTTY ? 500 : everySeconds * 1_000)
  timer.unref()
  return () => clearInterval(timer)
}

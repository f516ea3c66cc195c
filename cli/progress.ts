/** What a progress line says. */
export interface ProgressView {
  readonly label: string
  readonly doneRows: number
  readonly totalRows: number
  /** Rows done before this run, which say nothing of its speed. */
  readonly startRows: number
  readonly elapsedMs: number
}

/** Where progress is shown; `isTTY` decides between a bar that stays and lines. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly write: (text: string) => unknown
}

const barWidth = 28
const barRefreshMs = 100
const lineRefreshMs = 1_000

/** Gives one line: bar, share, rows and rate. */
export function renderProgress({
  label,
  doneRows,
  totalRows,
  startRows,
  elapsedMs,
}: ProgressView): string {
  const share = totalRows === 0 ? 1 : Math.min(doneRows / totalRows, 1)
  const filled = Math.round(share * barWidth)
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
  const rate = elapsedMs === 0 ? 0 : ((doneRows - startRows) * 1_000) / elapsedMs
  const percent = `${Math.floor(share * 100)}`.padStart(3)
  return (
    `${label} ${bar} ${percent} %  ${formatCount(doneRows)} of ${formatCount(totalRows)} rows` +
    `  ${formatCount(rate)} rows/s`
  )
}

/** Formats a count with thousands apart, whatever the machine's language. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** Shows progress until the function it gives is called: a bar on a terminal, else a line each second. */
export function showProgress(
  stream: ProgressStream,
  label: string,
  totalRows: number,
  doneRows: () => number,
): () => void {
  const startRows = doneRows()
  const startedMs = performance.now()
  const isTerminal = stream.isTTY === true
  const line = (): string => {
    const elapsedMs = performance.now() - startedMs
    return renderProgress({ label, doneRows: doneRows(), totalRows, startRows, elapsedMs })
  }
  // The code after the return clears what is left of a longer line.
  const show = (): unknown => stream.write(isTerminal ? `\r${line()}\u001b[K` : `${line()}\n`)
  const timer = setInterval(show, isTerminal ? barRefreshMs : lineRefreshMs)
  if (isTerminal) show()
  return () => {
    clearInterval(timer)
    show()
    if (isTerminal) stream.write('\n')
  }
}

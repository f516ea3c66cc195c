import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../client/node/sync-folder.ts'
import { CliError } from './cli-error.ts'
import {
  type InputIdentity,
  type JournalLine,
  parseJournalLine,
  renderJournalLine,
} from './journal-line.ts'
import {
  compactJournalLines,
  emptyJournalState,
  foldJournalLine,
  type JournalState,
} from './journal-state.ts'
import { writeFileSafely } from './write-file-safely.ts'

/** What a push of one input has come to, on disk. One program at a time has it open. */
export interface Journal {
  readonly path: string
  /** The fold of every line that is written. */
  readonly state: Readonly<JournalState>
  /** Appends lines in the order of the calls; with `sync` they are on disk when it resolves. */
  readonly write: (
    lines: readonly JournalLine[],
    options?: { readonly sync?: boolean },
  ) => Promise<void>
  /** Waits for the last write and shrinks the file if everything sent is settled. */
  readonly close: () => Promise<void>
}

/**
 * Opens the journal of an input, or begins one.
 * A line torn by a crash is cut off: nothing of it had left. Any other line that cannot be read is an error,
 * as is a journal of another input.
 */
export async function openJournal(path: string, input: InputIdentity): Promise<Journal> {
  const file = await open(path, 'a+', 0o600)
  try {
    const { state, goodBytes } = foldJournal(path, await file.readFile('utf8'))
    if (state.input !== undefined) requireSameInput(path, state.input, input)
    await file.truncate(goodBytes)
    const journal = journalOver(path, file, state, goodBytes)
    if (state.input === undefined) {
      await journal.write([{ kind: 'journal', format: 1, input }], { sync: true })
      await syncFolder(dirname(path))
    }
    return journal
  } catch (error) {
    await file.close()
    throw error
  }
}

function journalOver(
  path: string,
  file: FileHandle,
  state: JournalState,
  goodBytes: number,
): Journal {
  let bytes = goodBytes
  let last: Promise<void> = Promise.resolve()

  const append = async (lines: readonly JournalLine[], sync: boolean): Promise<void> => {
    const text = lines.map(renderJournalLine).join('')
    try {
      await file.writeFile(text)
      if (sync) await file.datasync()
    } catch (error) {
      // What was half written must not stand before the next line.
      await file.truncate(bytes)
      throw error
    }
    bytes += Buffer.byteLength(text)
    for (const line of lines) foldJournalLine(state, line)
  }

  return {
    path,
    state,
    write(lines, { sync = false } = {}) {
      if (lines.length === 0) return last
      const written = last.then(() => append(lines, sync))
      last = written.catch(() => {})
      return written
    },
    async close() {
      await last
      await file.close()
      const lines = compactJournalLines(state)
      if (lines.length > 0) await writeFileSafely(path, lines.map(renderJournalLine).join(''))
    },
  }
}

/** Folds a journal's text; `goodBytes` is where a torn last line begins. */
function foldJournal(path: string, text: string): { state: JournalState; goodBytes: number } {
  const state = emptyJournalState()
  const lines = text.split('\n')
  // What follows the last line end is nothing, or torn.
  lines.pop()
  let goodBytes = 0
  for (const [index, lineText] of lines.entries()) {
    const line = parseJournalLine(lineText)
    // A power cut may leave the last line's length without its bytes.
    if (line === undefined && index === lines.length - 1) break
    const fault = line === undefined ? 'it cannot be read' : foldJournalLine(state, line)
    if (fault !== undefined) throw corrupt(path, index + 1, fault)
    goodBytes += Buffer.byteLength(lineText) + 1
  }
  return { state, goodBytes }
}

function corrupt(path: string, line: number, fault: string): CliError {
  return new CliError(
    `Line ${line} of the journal ${path} is damaged: ${fault}. Without it nobody knows which rows were sent: ` +
      'compare the source with your input, then remove the journal to push the input from its start.',
  )
}

function requireSameInput(path: string, known: InputIdentity, input: InputIdentity): void {
  const differing = (['target', 'source', 'name', 'bytes', 'sha256'] as const).find(
    property => known[property] !== input[property],
  )
  if (differing === undefined) return
  throw new CliError(
    `The journal ${path} belongs to another push: its ${differing} is ${known[differing]}, here it is ` +
      `${input[differing]}. Push the input it was begun with, or remove the journal to push this one from its start.`,
  )
}

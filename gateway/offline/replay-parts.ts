import { createHash } from 'node:crypto'
import type { AnyField } from '../../shared/fields/field.ts'
import type { LogPiece, Part } from '../contracts.ts'
import type { PartStore } from '../ports.ts'
import { addedColumns } from './parquet-schema.ts'
import { addToRuns, piecesOfRuns, type Run, textOfRow } from './pieces-of-rows.ts'
import { DamagedPart, readWholePart } from './whole-part.ts'

/** A range as it was committed, with the digest of its canonical texts. */
export interface JournalEntry {
  readonly start: number
  readonly end: number
  readonly digest: string
}

/**
 * Reads parts that lie side by side back as the pieces that they were built from, a row group at a time.
 * Throws a DamagedPart where a file, its rows or their texts are not what was committed. Cost: a get for
 * each part, and one row group in memory.
 */
export async function* replayParts(
  store: PartStore,
  parts: readonly Part[],
  fields: readonly AnyField[],
  journal: readonly JournalEntry[],
): AsyncGenerator<readonly LogPiece[]> {
  const columns = [...fields.map(({ name }) => name), ...addedColumns]
  const texts = checkTexts(journal)
  for (const part of parts) {
    for await (const rows of readWholePart(store, part, fields, columns)) {
      const runs: Run[] = []
      for (const row of rows) {
        const offset = Number(row._offset)
        if (row._partition !== part.partition) {
          throw new DamagedPart(`The part ${part.name} is of another partition.`)
        }
        const text = textOfRow(row, fields)
        const wrong = texts.add(offset, text)
        if (wrong !== undefined) throw new DamagedPart(`The part ${part.name} ${wrong}.`)
        addToRuns(runs, row, offset, text)
      }
      yield piecesOfRuns(runs)
    }
  }
}

/** Holds the texts of each committed range, offset by offset, to the digest that was committed. */
function checkTexts(journal: readonly JournalEntry[]) {
  let at = 0
  let digest = createHash('sha256')
  return {
    add(offset: number, text: string): string | undefined {
      const entry = journal[at]
      if (entry === undefined || offset < entry.start) return `holds ${offset}, never committed`
      digest.update(offset === entry.start ? text : `\n${text}`)
      if (offset < entry.end - 1) return undefined
      const found = digest.digest('hex')
      at++
      digest = createHash('sha256')
      return found === entry.digest
        ? undefined
        : `holds other records than were committed in [${entry.start}, ${entry.end})`
    },
  }
}

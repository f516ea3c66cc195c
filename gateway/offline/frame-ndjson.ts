import { formatPlace } from '../../shared/cut.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import type { FrameStep } from './data-frame.ts'
import { rowRenderer } from './render-row.ts'

/**
 * Writes a data frame as lines of JSON. `progress` adds lines of one key that no row has: `{"_reached":"PARTITION:OFFSET"}`
 * where much was read and no row fits, and last of all `{"_end":ROWS}`, how many rows this reading gave.
 */
export async function* frameNdjson(
  columns: readonly AnyField[],
  steps: AsyncIterable<FrameStep>,
  progress = false,
): AsyncGenerator<string> {
  const render = rowRenderer(columns)
  let count = 0
  for await (const { rows, reached } of steps) {
    count += rows.length
    if (rows.length > 0) yield rows.map(render).join('')
    else if (progress) yield `{"_reached":"${formatPlace(reached)}"}\n`
  }
  if (progress) yield `{"_end":${count}}\n`
}

import * as v from 'valibot'
import type { GatewayApi } from './gateway-api.ts'

export interface DataframeRequest {
  readonly source: string
  /** `start_time`, `end_time`. */
  readonly range: Readonly<Record<string, string>>
  readonly columns: readonly string[]
}

/** Tries in a row that bring no row before a broken reading is given up. */
const maxFruitlessTries = 5
const firstPauseMs = 250
const placeColumns = ['_partition', '_offset']
const placeSchema = v.object({ _partition: v.number(), _offset: v.number() })

/**
 * Reads a data frame as text of whole lines, and goes on after the last row where the connection breaks: the
 * same cut, so that no row is missed and none comes twice. Throws what broke it when nothing more comes.
 */
export async function* dataframeLines(
  api: Pick<GatewayApi, 'getDataframe'>,
  { source, range, columns }: DataframeRequest,
  wait: (ms: number) => Promise<void>,
): AsyncGenerator<string> {
  // The place of a row is asked for last, and taken off again where nobody asked for it.
  const added = placeColumns.filter(name => !columns.includes(name))
  const addedText = new RegExp(`${added.map(name => `,?"${name}":\\d+`).join('')}\\}$`)
  const resume: { cut?: string; after?: string } = {}
  for (let fruitless = 0; ; ) {
    try {
      const reply = await api.getDataframe(source, {
        ...range,
        columns: [...columns, ...added].join(','),
        ...resume,
      })
      resume.cut ??= reply.headers.get('tidegate-cut') ?? ''
      for await (const lines of wholeLines(reply)) {
        fruitless = 0
        const last = v.parse(placeSchema, JSON.parse(lines.at(-1) ?? ''))
        const shown = added.length === 0 ? lines : lines.map(line => line.replace(addedText, '}'))
        yield `${shown.join('\n')}\n`
        resume.after = `${last._partition}:${last._offset}`
      }
      return
    } catch (cause) {
      // Without a cut there is nothing to go on from: the rows might be others.
      const hasCut = resume.cut !== undefined && resume.cut !== ''
      if (!hasCut || ++fruitless > maxFruitlessTries) throw cause
      await wait(firstPauseMs * 2 ** fruitless)
    }
  }
}

/** A reply's lines as they arrive; one that broke off in the middle is not given. */
async function* wholeLines({ body }: Response): AsyncGenerator<readonly string[]> {
  if (body === null) return
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (lines.length > 0) yield lines
  }
  if (rest !== '') throw new Error('The data frame ended in the middle of a row.')
}

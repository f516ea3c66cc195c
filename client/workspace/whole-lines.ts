/** A record has 65,536 bytes at most; with its added columns and escapes a row stays far below this. */
const maxLineCharacters = 1_048_576

/** A body whose lines are none of a data frame. */
export class BrokenLines extends Error {}

/**
 * Gives a body's lines as they arrive, some at a time, without their line feeds; one that broke off in the middle
 * is not given. Throws a BrokenLines where the bytes are no UTF-8 or a line does not end.
 */
export async function* wholeLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let rest = ''
  for await (const bytes of chunks) {
    const lines = (rest + decode(decoder, bytes)).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > maxLineCharacters) {
      throw new BrokenLines(`a line of more than ${maxLineCharacters} characters`)
    }
    if (lines.length > 0) yield lines
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes, { stream: true })
  } catch (cause) {
    throw new BrokenLines('bytes that are no UTF-8', { cause })
  }
}

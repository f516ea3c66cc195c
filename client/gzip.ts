/** Below this a request's headers weigh more than what is saved. */
const minCharacters = 2_048

/** Gives a text compressed, or as it is where that does not pay or the runtime cannot; never rejects. */
export async function gzip(text: string): Promise<string | Uint8Array<ArrayBuffer>> {
  if (text.length < minCharacters || typeof CompressionStream !== 'function') return text
  try {
    const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
    return new Uint8Array(await new Response(packed).arrayBuffer())
  } catch {
    return text
  }
}

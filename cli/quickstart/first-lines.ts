/** Gives the first lines of a streamed text and leaves the rest unread. */
export async function firstLines(
  body: AsyncIterable<Uint8Array>,
  count: number,
): Promise<readonly string[]> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true })
    if (text.split('\n').length > count) break
  }
  return text.split('\n').slice(0, count).filter(Boolean)
}

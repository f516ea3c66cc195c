/** From here on the platform's encoder counts faster than a loop, though it allocates what it counts. */
const longText = 1_024

/** Number of UTF-8 bytes of a well-formed text. */
export function utf8Length(text: string): number {
  if (text.length >= longText) return new TextEncoder().encode(text).byteLength
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x80) continue
    bytes += code < 0x800 ? 1 : 2
    // A surrogate pair is two units and four bytes.
    if (code >= 0xd800 && code < 0xdc00) at++
  }
  return bytes
}

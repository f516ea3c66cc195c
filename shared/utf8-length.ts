/** From here on the platform's encoder counts faster than a loop, though it allocates what it counts. */
const longText = 1_024

/** Number of UTF-8 bytes of a well-formed text. */
export function utf8Length(text: string): number {
  // Engines of phones may have none.
  if (text.length >= longText && typeof TextEncoder === 'function')
    return new TextEncoder().encode(text).byteLength
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // A surrogate pair is two units and four bytes, so each half is one byte more than a unit.
    if (code > 0x7f) bytes += code < 0x800 || code >> 11 === 27 ? 1 : 2
  }
  return bytes
}

const encoder = new TextEncoder()

/**
 * The 32-bit MurmurHash3 (x86 variant) of a text's UTF-8 bytes: an unsigned integer.
 * With seed 0 it places producers and entities and is part of the stored formats, so it never changes.
 * Source: https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 */
export function murmur3(text: string, seed = 0): number {
  return hashAscii(text, seed) ?? hashBytes(encoder.encode(text), seed)
}

/** The same for a text of ASCII alone, whose characters are its bytes: nothing is allocated. */
function hashAscii(text: string, seed: number): number | undefined {
  const { length } = text
  const blocks = length & ~3
  let seen = 0
  let hash = seed
  for (let at = 0; at < blocks; at += 4) {
    const a = text.charCodeAt(at)
    const b = text.charCodeAt(at + 1)
    const c = text.charCodeAt(at + 2)
    const d = text.charCodeAt(at + 3)
    seen |= a | b | c | d
    hash = mix(hash, a | (b << 8) | (c << 16) | (d << 24))
  }
  let rest = 0
  for (let at = length - 1; at >= blocks; at--) {
    const code = text.charCodeAt(at)
    seen |= code
    rest = (rest << 8) | code
  }
  return seen < 0x80 ? finish(hash ^ scramble(rest), length) : undefined
}

function hashBytes(bytes: Uint8Array, seed: number): number {
  const blocks = bytes.length & ~3
  const byte = (at: number) => bytes[at] ?? 0
  let hash = seed
  for (let at = 0; at < blocks; at += 4) {
    hash = mix(hash, byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24))
  }
  let rest = 0
  for (let at = bytes.length - 1; at >= blocks; at--) rest = (rest << 8) | byte(at)
  return finish(hash ^ scramble(rest), bytes.length)
}

function mix(hash: number, block: number): number {
  const mixed = hash ^ scramble(block)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
}

function finish(mixed: number, length: number): number {
  let hash = mixed ^ length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { murmur3 } from '../../shared/murmur3.ts'

/** The algorithm by the letter of its source, over the UTF-8 bytes. */
function reference(text: string): number {
  const bytes = new TextEncoder().encode(text)
  let hash = 0
  const blocks = Math.floor(bytes.length / 4)
  for (let block = 0; block < blocks; block++) {
    let k = new DataView(bytes.buffer, bytes.byteOffset).getUint32(block * 4, true)
    k = Math.imul(k, 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    hash ^= Math.imul(k, 0x1b873593)
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  let k = 0
  const tail = bytes.subarray(blocks * 4)
  for (const [at, byte] of tail.entries()) k |= byte << (8 * at)
  if (tail.length > 0) {
    k = Math.imul(k, 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    hash ^= Math.imul(k, 0x1b873593)
  }
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

describe('murmur3', () => {
  it('has the published values for seed 0', () => {
    expect(murmur3('')).toBe(0)
    expect(murmur3('test')).toBe(0xba6bd213)
    expect(murmur3('Hello, world!')).toBe(0xc0363e43)
    expect(murmur3('The quick brown fox jumps over the lazy dog')).toBe(0x2e4ff723)
  })

  it('has the published values for other seeds', () => {
    expect(murmur3('', 1)).toBe(0x514e28b7)
    expect(murmur3('', 0xffffffff)).toBe(0x81f16f39)
    expect(murmur3('test', 0x9747b28c)).toBe(0x704b81dc)
    expect(murmur3('Hello, world!', 0x9747b28c)).toBe(0x24884cba)
    expect(murmur3('The quick brown fox jumps over the lazy dog', 0x9747b28c)).toBe(0x2fa826cd)
  })

  it('hashes UTF-8 bytes, whatever the text', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 40 }), text => {
        expect(murmur3(text)).toBe(reference(text))
      }),
    )
    assert(
      property(string({ maxLength: 40 }), text => {
        expect(murmur3(text)).toBe(reference(text))
      }),
    )
  })
})

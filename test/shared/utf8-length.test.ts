import { assert, property, string } from 'fast-check'
import { expect, it } from 'vitest'
import { utf8Length } from '../../shared/utf8-length.ts'

it('counts the bytes that the platform encodes, in short texts and long ones', () => {
  assert(
    property(string({ unit: 'grapheme', maxLength: 60 }), text => {
      const bytes = new TextEncoder().encode(text).byteLength
      expect(utf8Length(text)).toBe(bytes)
      expect(utf8Length(text.repeat(100))).toBe(bytes * 100)
    }),
  )
})

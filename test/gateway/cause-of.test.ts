import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { causeOf } from '../../gateway/cause-of.ts'

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (cause) {
    return cause
  }
  throw new Error('Nothing was thrown.')
}

describe('causeOf', () => {
  it('gives the message of a plain error', () => {
    expect(causeOf(new Error('put: internal error (10001)'))).toBe('put: internal error (10001)')
  })

  it.each([
    ['a bigint of text', () => BigInt('secret-value')],
    ['a broken JSON', () => JSON.parse('{"secret-value"')],
    ['a decoder', () => v.parse(v.number(), 'secret-value')],
  ])('never quotes what %s met', (_, work) => {
    const said = causeOf(thrownBy(work))
    expect(said).toMatch(/Error/)
    expect(said).not.toContain('secret')
  })

  it('says what kind of thing was thrown otherwise', () => {
    expect(causeOf('secret-value')).toBe('a thrown string')
  })
})

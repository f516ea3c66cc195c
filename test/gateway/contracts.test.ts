import { describe, expect, it } from 'vitest'
import { checkFormat, messageFormat } from '../../gateway/contracts/message.ts'

describe('a message between objects', () => {
  it('is refused with a sentence when its format is another', () => {
    expect(() => checkFormat({ format: messageFormat })).not.toThrow()
    expect(() => checkFormat({ format: messageFormat + 1 })).toThrow(/format 2 .* deploy the newer/)
  })
})

import { limits } from './limits.ts'

/** An integer of 16 digits or more where JSON has a value: most long digits are fractions or texts. */
const longInteger = /[[:,\s]-?\d{16,}[,\]}\s]/
/** A request's own levels around a record: body, sources, list, element. */
const envelopeDepth = 4
const integer = /^-?\d{16,}$/

/**
 * Parses JSON with exact integers: those beyond the safe range come as bigint. Throws a SyntaxError on
 * text that is no JSON. Only a text with such an integer pays for it (about six times plain parsing).
 */
export function parseExactJson(text: string): unknown {
  if (!longInteger.test(text)) return JSON.parse(text)
  // A reviver walks recursively; the depth is checked before any recursion.
  if (nestingDepth(text) > limits.maxNestingDepth + envelopeDepth) {
    throw new SyntaxError(`it nests deeper than ${limits.maxNestingDepth + envelopeDepth} levels`)
  }
  return JSON.parse(text, reviveIntegers)
}

/** The third argument holds the literal's own text: https://github.com/tc39/proposal-json-parse-with-source */
function reviveIntegers(
  _key: string,
  value: unknown,
  { source = '' }: { readonly source?: string } = {},
): unknown {
  const isRounded = typeof value === 'number' && !Number.isSafeInteger(value)
  return isRounded && integer.test(source) ? BigInt(source) : value
}

/** The deepest nesting of arrays and objects; reads every character once, allocates nothing. */
function nestingDepth(text: string): number {
  let depth = 0
  let deepest = 0
  let inText = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (inText) {
      if (character === 0x5c) at++
      else if (character === 0x22) inText = false
    } else if (character === 0x22) inText = true
    else if (character === 0x5b || character === 0x7b) deepest = Math.max(deepest, ++depth)
    else if (character === 0x5d || character === 0x7d) depth--
  }
  return deepest
}

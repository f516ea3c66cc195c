import type { Canonical } from '../fields/data-type.ts'
import { utf8Length } from '../utf8-length.ts'

/** How many bytes of a text, as JSON without its quotes, the bounds of states assume; longer ones are the exception. */
export const maxTextBytes = 256

/** How many bytes of an array, struct or map the bounds of states assume. */
const maxNestedBytes = 1_024

/** The longest number as JSON: `-0.0000012345678901234567`, one longer than any with an exponent. */
export const maxNumberBytes = 25

/** The most that a value of a kind takes as JSON, texts at {@link maxTextBytes}. */
export function maxValueBytes(kind: string): number {
  if (kind === 'string') return maxTextBytes + 2
  if (kind === 'timestamp') return 29
  if (kind === 'bool') return 5
  return kind === 'array' || kind === 'struct' || kind === 'map' ? maxNestedBytes : maxNumberBytes
}

/** About how many bytes a value takes as JSON, numbers at their most. Cost: one visit of the value. */
export function valueBytes(value: Canonical): number {
  if (typeof value === 'number') return maxNumberBytes
  if (typeof value === 'string') return textBytes(value)
  if (typeof value !== 'object' || value === null) return 5
  let bytes = 2
  for (const [key, member] of Object.entries(value)) {
    bytes += valueBytes(member) + (Array.isArray(value) ? 1 : textBytes(key) + 2)
  }
  return bytes
}

function textBytes(text: string): number {
  // What is escaped is ASCII.
  return JSON.stringify(text).length + utf8Length(text) - text.length
}

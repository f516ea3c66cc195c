/** Copies a message as a call between objects does: plain data, nothing shared with the sender. */
export function copyMessage<T>(value: T): T
export function copyMessage(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function') throw new TypeError('A message holds no functions.')
    return value
  }
  if (Array.isArray(value)) return value.map(copyMessage)
  if (value instanceof Uint8Array) return value.slice()
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value)
  const copy: { [key: string]: unknown } = {}
  for (const [key, held] of Object.entries(value)) copy[key] = copyMessage(held)
  return copy
}

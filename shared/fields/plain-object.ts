/** An object read by its own enumerable keys. */
export interface PlainObject {
  readonly [key: string]: unknown
}

/**
 * Tells whether a value is an object as a literal or JSON makes it, also one of another realm.
 * Arrays, dates, maps and instances of classes are not.
 */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Only Object.prototype, in every realm, is a usual prototype that has none itself.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Tells whether a key is the object's own and enumerable, as JSON.stringify would write it. */
export function hasKey(object: PlainObject, key: string): boolean {
  return {}.propertyIsEnumerable.call(object, key)
}

const loneSurrogate = /[\ud800-\udfff]/u

/** Tells whether text survives UTF-8: a lone surrogate does not. */
export function isWellFormed(text: string): boolean {
  // Hermes has no String.prototype.isWellFormed.
  return text.isWellFormed?.() ?? !loneSurrogate.test(text)
}

/** Gives text of at most `length` characters for a message, with an ellipsis for what was cut. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}

/** Compares by UTF-16 code units, the same everywhere; a locale's order is not. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

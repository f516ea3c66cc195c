/** What would move a cursor, ring, colour or turn the direction of a terminal's text. */
const controls = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Gives text from outside as one line that cannot steer a terminal: controls are written as escapes. */
export function printable(text: string): string {
  return text.replace(controls, control => {
    if (control === '\n') return '\\n'
    if (control === '\t') return '\\t'
    return `\\u${(control.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}

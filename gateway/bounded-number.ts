/** Reads a whole number from an operator's text; nothing where it is none or lies outside its bounds. */
export function boundedNumber(
  [smallest, largest]: readonly [number, number],
  text: string | undefined,
): number | undefined {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  return Number.isSafeInteger(value) && value >= smallest && value <= largest ? value : undefined
}

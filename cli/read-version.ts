import { usageError } from './cli-error.ts'

/** Reads a version's number, as `tidegate history` lists it. */
export function readVersion(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw usageError(`A version is a number that tidegate history lists, not ${text}.`)
}

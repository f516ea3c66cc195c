import { usageError } from './cli-error.ts'

/** Reads a port: 8787 where none is given; 0 takes a free one. */
export function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return 8787
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw usageError(`PORT must be a whole number from 0 to 65535, not ${text}.`)
}

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { parseExactJson } from '../shared/parse-exact-json.ts'
import { CliError, hasCode, sentenceOf, usageError } from './cli-error.ts'

/** One record of an input. */
export interface InputRow {
  /** From 0. */
  readonly row: number
  /** The line itself where `fault` says why it is no JSON. */
  readonly value: unknown
  readonly fault?: string
}

/** A file of records that may be read again and again: its rows keep their numbers. */
export interface Input {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  readonly rowCount: number
  readonly rows: () => AsyncIterable<InputRow> | Iterable<InputRow>
}

/** Opens a file of NDJSON, which is streamed, or one that holds a JSON array, which is held in memory. */
export async function readInput(path: string): Promise<Input> {
  try {
    return (await beginsWithArray(path)) ? await readArray(path) : await readLines(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EISDIR')) throw error
    throw usageError(`There is no file ${path}.`, error)
  }
}

async function beginsWithArray(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4_096), 0, 4_096, 0)
    return buffer.toString('utf8', 0, bytesRead).trimStart().startsWith('[')
  } finally {
    await file.close()
  }
}

async function readArray(path: string): Promise<Input> {
  const content = await readFile(path)
  const values = parseArray(path, content.toString('utf8'))
  return {
    name: basename(path),
    bytes: content.byteLength,
    sha256: createHash('sha256').update(content).digest('hex'),
    rowCount: values.length,
    rows: () => values.map((value, row) => ({ row, value })),
  }
}

function parseArray(path: string, text: string): readonly unknown[] {
  try {
    const value = parseExactJson(text)
    if (Array.isArray(value)) return value
  } catch (error) {
    throw new CliError(`${path} begins like a JSON array but is none: ${sentenceOf(error)}.`, {
      cause: error,
    })
  }
  throw new CliError(`${path} must hold a JSON array of records, or one record in each line.`)
}

async function readLines(path: string): Promise<Input> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of createReadStream(path)) {
    hash.update(piece)
    bytes += piece.length
  }
  let rowCount = 0
  for await (const _ of linesOf(path)) rowCount += 1
  return {
    name: basename(path),
    bytes,
    sha256: hash.digest('hex'),
    rowCount,
    rows: async function* () {
      let row = 0
      for await (const line of linesOf(path)) yield { row: row++, ...parseLine(line) }
    },
  }
}

/** Lines that hold something; blank ones are no rows. */
async function* linesOf(path: string): AsyncIterable<string> {
  const stream = createReadStream(path, 'utf8')
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (line.trim() !== '') yield line
    }
  } finally {
    stream.destroy()
  }
}

function parseLine(line: string): Omit<InputRow, 'row'> {
  try {
    return { value: parseExactJson(line) }
  } catch (error) {
    return { value: line, fault: `The line is no JSON: ${sentenceOf(error)}` }
  }
}

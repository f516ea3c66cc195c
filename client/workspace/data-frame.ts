import { csvHeader, csvLines } from '../../shared/csv.ts'
import type { AnyField } from '../../shared/fields/field.ts'
import { ValidationError } from '../../shared/fields/validation-error.ts'
import { parseExactJson } from '../../shared/parse-exact-json.ts'
import { arrowTable } from './arrow-table.ts'
import { frameFile } from './frame-file.ts'
import { type FrameLinesQuery, type FramePorts, frameLines } from './frame-lines.ts'
import { GatewayError } from './gateway-error.ts'
import { loadFlechette } from './load-flechette.ts'
import { rowDecoder, WrongValue } from './row-decoder.ts'

// biome-ignore lint/suspicious/noTsIgnore: It is an error only where the package is missing.
/** @ts-ignore An optional peer: where it is not installed, nothing is known of its tables. */
export type ArrowTable = import('@uwdata/flechette').Table

/**
 * A source's rows at one cut. Nothing is asked before it is read; from then on each reading gives the same rows,
 * ordered by (partition, offset), less what has expired by then.
 */
export interface DataFrame<Row> extends AsyncIterable<Row> {
  /** The columns in the order of a row. */
  readonly columns: readonly string[]
  /** The cut that the rows are of, known once some have arrived: `getDataframe({ cut })` reads them again. */
  readonly cut: string | undefined
  /** All rows in memory. */
  toArray(): Promise<Row[]>
  /** An Arrow table of all rows, by the optional package @uwdata/flechette: Int64 and times (microseconds) are bigints. */
  toArrow(): Promise<ArrowTable>
  /** The rows as the gateway writes them, a line of JSON each; as fast as they are taken. */
  toNdjson(): ReadableStream<Uint8Array<ArrayBuffer>>
  /**
   * The rows as CSV by RFC 4180, with a header unless they are the rest of a reading: null is empty and an empty text
   * `""`, nested values are JSON, integers exact; as fast as they are taken.
   */
  toCsv(): ReadableStream<Uint8Array<ArrayBuffer>>
  /**
   * The rows as one Parquet file, made by the gateway; as fast as it is taken. It cannot be resumed: what breaks it
   * is thrown. Throws a ValidationError where the rows are the rest of a reading.
   */
  toParquet(): ReadableStream<Uint8Array>
  /** The rows as one Arrow IPC stream, made by the gateway: as {@link toParquet}, and no package is needed. */
  toArrowStream(): ReadableStream<Uint8Array>
}

export interface DataFrameQuery extends Omit<FrameLinesQuery, 'columns' | 'agreeOnCut'> {
  readonly fields: readonly AnyField[]
}

/** Makes the data frame of a query; `Row` is what its fields decode to, as their types say. */
export function createDataFrame<Row>(ports: FramePorts, query: DataFrameQuery): DataFrame<Row>
export function createDataFrame(
  ports: FramePorts,
  { fields, ...query }: DataFrameQuery,
): DataFrame<Record<string, unknown>> {
  const columns = fields.map(({ name }) => name)
  let { resume } = query
  const asked = () => ({
    ...query,
    columns,
    resume,
    agreeOnCut(cut: string) {
      // Of readings that began together the first one decides.
      resume ??= { cut }
      return resume.cut
    },
  })
  const lines = () => frameLines(ports, asked())

  async function* rows(): AsyncGenerator<Record<string, unknown>> {
    const decode = rowDecoder(fields)
    for await (const some of lines()) {
      for (const line of some) yield decodeLine(query.source, decode, line)
    }
  }

  async function* csv(): AsyncGenerator<string> {
    const decode = rowDecoder(fields)
    const write = csvLines(fields)
    if (query.resume?.after === undefined) yield csvHeader(fields)
    for await (const some of lines()) {
      yield some.map(line => write(decodeLine(query.source, decode, line))).join('')
    }
  }

  const file = (format: 'parquet' | 'arrow', what: string) => {
    const { after } = query.resume ?? {}
    if (after === undefined) return streamOf(frameFile(format, ports, asked()), bytes => bytes)
    throw new ValidationError(
      `getDataframe of source "${query.source}": ${what} has no rest; leave out after, and the cut gives all of its rows.`,
    )
  }

  const shown = shownPlaces(columns)
  const encoder = new TextEncoder()

  return {
    columns,
    get cut() {
      return resume?.cut
    },
    [Symbol.asyncIterator]: rows,
    async toArray() {
      const all: Record<string, unknown>[] = []
      for await (const row of rows()) all.push(row)
      return all
    },
    async toArrow() {
      return arrowTable(await loadFlechette(), fields, rows())
    },
    toNdjson: () => streamOf(lines(), some => encoder.encode(`${some.map(shown).join('\n')}\n`)),
    toCsv: () => streamOf(csv(), text => encoder.encode(text)),
    toParquet: () => file('parquet', 'a Parquet file'),
    toArrowStream: () => file('arrow', 'an Arrow stream'),
  }
}

/** A stream that reads on only when it is asked to. */
function streamOf<Piece, Bytes extends Uint8Array>(
  reading: AsyncGenerator<Piece>,
  encode: (piece: Piece) => Bytes,
): ReadableStream<Bytes> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await reading.next()
        if (done) controller.close()
        else controller.enqueue(encode(value))
      },
      async cancel() {
        await reading.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}

function decodeLine(
  source: string,
  decode: ReturnType<typeof rowDecoder>,
  line: string,
): Record<string, unknown> {
  try {
    return decode(parseExactJson(line))
  } catch (cause) {
    if (!(cause instanceof WrongValue || cause instanceof SyntaxError)) throw cause
    throw new GatewayError(
      `A row of the data frame of "${source}" cannot be read: ${cause.message} Does its definition here differ from what was applied? validate() tells.`,
      { code: 'unreadable_reply', cause },
    )
  }
}

/** Gives a function that takes off a line's end what nobody asked for: every line ends with its place. */
function shownPlaces(columns: readonly string[]): (line: string) => string {
  const hasPartition = columns.includes('_partition')
  if (!columns.includes('_offset')) {
    const unwanted = hasPartition ? /,"_offset":\d+\}$/ : /,?"_partition":\d+,"_offset":\d+\}$/
    return line => line.replace(unwanted, '}')
  }
  return hasPartition
    ? line => line
    : line => line.replace(/"_partition":\d+,("_offset":\d+\})$/, '$1')
}

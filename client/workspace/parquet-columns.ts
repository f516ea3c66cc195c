import type { SchemaElement, SchemaTree } from 'hyparquet'
import ky from 'ky'
import type { Clock } from '../clock.ts'
import { atRegion } from './batch-uri.ts'
import { GatewayError } from './gateway-error.ts'
import { readChunks } from './read-chunks.ts'

/** What a Parquet file's footer says of its columns, or why it cannot be told. */
export type ParquetColumns =
  | { readonly outcome: 'read'; readonly columns: ReadonlyMap<string, ColumnKind> }
  | { readonly outcome: 'failed' | 'not_checked'; readonly reason: string }

export type ColumnKind =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float32'
  | 'float64'
  | 'timestamp'
  | 'array'
  | 'map'
  | 'struct'
  | 'other'

export interface FilePorts {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

const firstTryBytes = 65_536
/** Footers of files with many thousands of row groups are some mebibytes. */
const maxFooterBytes = 33_554_432

/**
 * Reads the columns of a Parquet file from its footer alone, by range requests without credentials: one, two for a
 * long footer, one more where a bucket lies in another region.
 */
export async function readParquetColumns(ports: FilePorts, url: string): Promise<ParquetColumns> {
  let tail = await readTail(ports, url, firstTryBytes)
  if (tail instanceof Uint8Array) {
    const needed = footerBytes(tail)
    if (needed === undefined) return failed(`${url} is no Parquet file.`)
    if (needed > maxFooterBytes) return failed(`${url} has a footer of ${needed} bytes.`)
    if (needed > tail.byteLength) tail = await readTail(ports, url, needed)
  }
  if (!(tail instanceof Uint8Array)) return tail
  const { parquetMetadata, parquetSchema } = await loadHyparquet()
  try {
    const bytes = new Uint8Array(tail).buffer
    const { children } = parquetSchema(parquetMetadata(bytes))
    return {
      outcome: 'read',
      columns: new Map(children.map(child => [child.element.name, kindOf(child)] as const)),
    }
  } catch (cause) {
    return failed(`The footer of ${url} cannot be read: ${messageOf(cause)}.`)
  }
}

async function readTail(
  { clock, timeoutMs, signal }: FilePorts,
  url: string,
  count: number,
): Promise<Uint8Array | Exclude<ParquetColumns, { outcome: 'read' }>> {
  let response: Response
  try {
    response = await ky(url, {
      headers: { range: `bytes=-${count}` },
      throwHttpErrors: false,
      timeout: timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    return failed(`${url} cannot be reached: ${messageOf(cause)}.`)
  }
  const { status, headers, body } = response
  if (status === 206 && body !== null)
    return readUpTo(readChunks(body, clock, timeoutMs), count, url)
  // Nobody wants the rest.
  await body?.cancel()
  const moved = status === 301 ? atRegion(url, headers.get('x-amz-bucket-region')) : undefined
  if (moved !== undefined)
    return readTail({ clock, timeoutMs, ...(signal && { signal }) }, moved, count)
  if (status === 200) {
    return { outcome: 'not_checked', reason: `${url} is served as a whole only, without ranges.` }
  }
  const help = status === 403 || status === 404 ? ' Is the address right, and the file public?' : ''
  return failed(`${url} was answered ${status}.${help}`)
}

async function readUpTo(chunks: AsyncIterable<Uint8Array>, count: number, url: string) {
  const bytes = new Uint8Array(count)
  let length = 0
  try {
    for await (const chunk of chunks) {
      if (length + chunk.byteLength > count)
        return failed(`${url} gave more than it was asked for.`)
      bytes.set(chunk, length)
      length += chunk.byteLength
    }
  } catch (cause) {
    return failed(`${url} broke off: ${messageOf(cause)}.`)
  }
  return bytes.subarray(0, length)
}

/** The bytes from the footer's beginning to the end of the file; nothing where it ends otherwise. */
function footerBytes(tail: Uint8Array): number | undefined {
  if (tail.byteLength < 12) return undefined
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  const magic = new TextDecoder().decode(tail.subarray(-4))
  return magic === 'PAR1' ? view.getUint32(tail.byteLength - 8, true) + 8 : undefined
}

const physical: { readonly [type: string]: ColumnKind } = {
  BOOLEAN: 'bool',
  INT32: 'int32',
  INT64: 'int64',
  INT96: 'timestamp',
  FLOAT: 'float32',
  DOUBLE: 'float64',
}

function kindOf({ element, children }: Pick<SchemaTree, 'element' | 'children'>): ColumnKind {
  const converted = element.converted_type
  if (element.repetition_type === 'REPEATED' || converted === 'LIST') return 'array'
  if (children.length > 0)
    return converted === 'MAP' || converted === 'MAP_KEY_VALUE' ? 'map' : 'struct'
  if (isTimestamp(element)) return 'timestamp'
  if (element.type === 'BYTE_ARRAY') {
    const logical = element.logical_type?.type
    const isText = [converted, logical].every(
      type => type === undefined || ['UTF8', 'STRING', 'ENUM', 'JSON'].includes(type),
    )
    return isText ? 'string' : 'other'
  }
  // Decimals and days are stored as integers that mean something else.
  if (converted === 'DECIMAL' || converted === 'DATE') return 'other'
  return physical[element.type ?? ''] ?? 'other'
}

function isTimestamp({ converted_type, logical_type }: SchemaElement): boolean {
  return (
    logical_type?.type === 'TIMESTAMP' ||
    converted_type === 'TIMESTAMP_MILLIS' ||
    converted_type === 'TIMESTAMP_MICROS'
  )
}

async function loadHyparquet(): Promise<typeof import('hyparquet')> {
  try {
    return await import('hyparquet')
  } catch (cause) {
    throw new GatewayError(
      'validate reads Parquet by the package hyparquet, which cannot be loaded here: npm install hyparquet.',
      { code: 'missing_package', cause },
    )
  }
}

function failed(reason: string) {
  return { outcome: 'failed', reason } as const
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause)
}

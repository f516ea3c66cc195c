import { utf8Length } from '../../shared/utf8-length.ts'
import type { Touches } from '../contracts/message.ts'
import type { Storage } from '../ports.ts'
import type { ResolvedSource } from '../registry/resolved-definitions.ts'
import { decodeResolvedSource } from '../registry/resolved-definitions.ts'
import { integerOf, optionalIntegerOf, optionalTextOf, requireFormat, textOf } from '../sql-row.ts'
import { forgottenStatements } from './forgotten-statements.ts'
import { producerStatements } from './producer-statements.ts'
import { decodeRowHeader, encodeRowHeader, type RowHeader } from './row-header.ts'
import { decodeSegmentNotes, encodeSegmentNotes, type SegmentNotes } from './segment-notes.ts'
import { type DamagedRow, type LogRow, openRow } from './stored-row.ts'

/** Names of segment tables: a segment takes the next one of the ring and is dropped whole. */
export const segmentRing = 64
/** Closed segments that may wait at once: opening one more than the ring holds would drop the oldest. */
export const maxClosedSegments = segmentRing - 2

export interface Segment {
  readonly segment: number
  readonly start: number
  /** Nothing while the segment is open. */
  readonly end?: number
  /** Ingest time of the last row before the segment. */
  readonly lastIngestUs: number
  /** Rejections that were stored before the segment. */
  readonly rejectedBefore: number
  readonly notes?: SegmentNotes
}

export interface RollIntent {
  readonly segment: number
  readonly start: number
  readonly end: number
  readonly key: string
  readonly name: string
  readonly version: number
}

export type LogStatements = ReturnType<typeof logStatements>

/** Every statement of a partition, named and decoded; its tables are described in docs/storage.md. */
export function logStatements({ sql }: Pick<Storage, 'sql'>) {
  const one = (statement: string) => sql(statement)[0]
  const tableOf = (segment: number) => `segment_${segment % segmentRing}`
  const { createTables: createProducerTables, ...producers } = producerStatements({ sql })

  const { createTables: createForgottenTable, ...forgotten } = forgottenStatements({ sql })

  return {
    ...producers,
    ...forgotten,
    createTables(): void {
      sql(
        'CREATE TABLE IF NOT EXISTS partition (id INTEGER PRIMARY KEY CHECK (id = 0), format INTEGER NOT NULL, epoch INTEGER NOT NULL, committed INTEGER NOT NULL, stopped TEXT)',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS definition (id INTEGER PRIMARY KEY CHECK (id = 0), format INTEGER NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL)',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS subscriptions (view TEXT PRIMARY KEY, start_after INTEGER NOT NULL) WITHOUT ROWID',
      )
      sql(
        'CREATE TABLE IF NOT EXISTS segments (segment INTEGER PRIMARY KEY, format INTEGER NOT NULL, start_offset INTEGER NOT NULL, end_offset INTEGER, last_ingest_us INTEGER NOT NULL, notes TEXT, rejected_before INTEGER)',
      )
      // Segments of an earlier gateway counted no rejections.
      if (
        one("SELECT name FROM pragma_table_info('segments') WHERE name = 'rejected_before'") ===
        undefined
      )
        sql('ALTER TABLE segments ADD COLUMN rejected_before INTEGER')
      sql(
        'CREATE TABLE IF NOT EXISTS roll (id INTEGER PRIMARY KEY CHECK (id = 0), format INTEGER NOT NULL, segment INTEGER NOT NULL, start_offset INTEGER NOT NULL, end_offset INTEGER NOT NULL, object_key TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL)',
      )
      createForgottenTable()
      createProducerTables()
      sql(
        'INSERT INTO partition (id, format, epoch, committed) VALUES (0, 1, 0, -1) ON CONFLICT DO NOTHING',
      )
    },

    partition(): { committed: number; stopped?: string } {
      const row = one('SELECT format, committed, stopped FROM partition')
      if (row === undefined) throw new Error('The partition has no row of its own.')
      requireFormat(row, 'partition')
      const stopped = optionalTextOf(row, 'stopped')
      const committed = integerOf(row, 'committed')
      return stopped === undefined ? { committed } : { committed, stopped }
    },
    setCommitted: (committed: number) => sql('UPDATE partition SET committed = ?', committed),
    setStopped: (reason: string | null) => sql('UPDATE partition SET stopped = ?', reason),

    definition(): ResolvedSource | undefined {
      const row = one('SELECT format, source FROM definition')
      if (row === undefined) return undefined
      requireFormat(row, 'definition')
      return decodeResolvedSource(JSON.parse(textOf(row, 'source')))
    },
    setDefinition: (source: ResolvedSource) =>
      sql(
        'INSERT INTO definition (id, format, version, source) VALUES (0, 1, ?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version, source = excluded.source',
        source.version,
        JSON.stringify(source),
      ),

    subscriptions: (): Map<string, number> =>
      new Map(
        sql('SELECT view, start_after FROM subscriptions').map(row => [
          textOf(row, 'view'),
          integerOf(row, 'start_after'),
        ]),
      ),
    subscribe: (viewId: string, from: number) =>
      sql(
        'INSERT INTO subscriptions (view, start_after) VALUES (?, ?) ON CONFLICT DO NOTHING',
        viewId,
        from,
      ),
    unsubscribe: (viewId: string) => sql('DELETE FROM subscriptions WHERE view = ?', viewId),

    segments: (): Segment[] =>
      sql(
        'SELECT segment, format, start_offset, end_offset, last_ingest_us, notes, rejected_before FROM segments ORDER BY segment',
      ).map(row => {
        requireFormat(row, 'segment')
        const end = optionalIntegerOf(row, 'end_offset')
        const notes = optionalTextOf(row, 'notes')
        return {
          segment: integerOf(row, 'segment'),
          start: integerOf(row, 'start_offset'),
          lastIngestUs: integerOf(row, 'last_ingest_us'),
          rejectedBefore: optionalIntegerOf(row, 'rejected_before') ?? 0,
          ...(end === undefined ? {} : { end }),
          ...(notes === undefined ? {} : { notes: decodeSegmentNotes(notes) }),
        }
      }),
    /** Opens a segment; `rejectedBefore` counts the rejections that were stored until then. */
    openSegment(
      segment: number,
      start: number,
      lastIngestUs: number,
      rejectedBefore: number,
    ): void {
      sql(`DROP TABLE IF EXISTS ${tableOf(segment)}`)
      sql(
        `CREATE TABLE ${tableOf(segment)} (row INTEGER PRIMARY KEY, start_offset INTEGER NOT NULL, records INTEGER NOT NULL, header TEXT NOT NULL, body TEXT NOT NULL)`,
      )
      sql(
        'INSERT INTO segments (segment, format, start_offset, last_ingest_us, rejected_before) VALUES (?, 1, ?, ?, ?)',
        segment,
        start,
        lastIngestUs,
        rejectedBefore,
      )
    },
    closeSegment: (segment: number, end: number, notes: SegmentNotes) =>
      sql(
        'UPDATE segments SET end_offset = ?, notes = ? WHERE segment = ?',
        end,
        encodeSegmentNotes(notes),
        segment,
      ),
    /** Drops a segment; keeps the last offset that touched each slot, one row for each entity set. */
    dropSegment(segment: number, touches: Touches): void {
      forgotten.forgetTouches(touches)
      sql('DELETE FROM segments WHERE segment = ?', segment)
      sql(`DROP TABLE IF EXISTS ${tableOf(segment)}`)
    },

    /** Stores a row; gives its bytes, header and body. */
    insertRow(
      segment: number,
      start: number,
      records: number,
      header: RowHeader,
      body: { readonly text: string; readonly bytes: number },
    ): number {
      const headerText = encodeRowHeader(header, { start, records }, body.text)
      sql(
        `INSERT INTO ${tableOf(segment)} (start_offset, records, header, body) VALUES (?, ?, ?, ?)`,
        start,
        records,
        headerText,
        body.text,
      )
      return utf8Length(headerText) + body.bytes
    },
    /** Headers of a segment in order, without their bodies. */
    headers: (segment: number) =>
      sql(
        `SELECT start_offset, records, header, octet_length(header) + octet_length(body) AS bytes FROM ${tableOf(segment)} ORDER BY row`,
      ).map(row => {
        const place = { start: integerOf(row, 'start_offset'), records: integerOf(row, 'records') }
        const opened = decodeRowHeader(textOf(row, 'header'), place)
        const sized = { ...place, bytes: integerOf(row, 'bytes') }
        return { ...sized, header: opened?.header }
      }),
    /** The next row of a segment that holds an offset above `after`, or nothing; its digests are checked. */
    nextRow(segment: number, after: number): LogRow | DamagedRow | undefined {
      const [row] = sql(
        `SELECT start_offset, records, header, body FROM ${tableOf(segment)} WHERE records > 0 AND start_offset + records - 1 > ? ORDER BY row LIMIT 1`,
        after,
      )
      return (
        row &&
        openRow({
          start: integerOf(row, 'start_offset'),
          records: integerOf(row, 'records'),
          header: textOf(row, 'header'),
          body: textOf(row, 'body'),
        })
      )
    },

    intent(): RollIntent | undefined {
      const row = one(
        'SELECT format, segment, start_offset, end_offset, object_key, name, version FROM roll',
      )
      if (row === undefined) return undefined
      requireFormat(row, 'roll')
      return {
        segment: integerOf(row, 'segment'),
        start: integerOf(row, 'start_offset'),
        end: integerOf(row, 'end_offset'),
        key: textOf(row, 'object_key'),
        name: textOf(row, 'name'),
        version: integerOf(row, 'version'),
      }
    },
    setIntent: (intent: RollIntent) =>
      sql(
        'INSERT INTO roll (id, format, segment, start_offset, end_offset, object_key, name, version) VALUES (0, 1, ?, ?, ?, ?, ?, ?)',
        intent.segment,
        intent.start,
        intent.end,
        intent.key,
        intent.name,
        intent.version,
      ),
    clearIntent: () => sql('DELETE FROM roll'),
  }
}

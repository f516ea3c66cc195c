import type { AnySource } from '../../../shared/definitions/stream-source.ts'
import { sqlName, sqlText } from '../../../shared/expressions/sql-pieces.ts'
import { eventsTable } from './event-list-sql.ts'
import type { TrainingScript } from './events-steps.ts'
import { sourceRowsView } from './source-rows.ts'
import { momentColumn, rowColumn } from './training-view.ts'

/** What a printed script is made of. */
export interface PrintedScript {
  readonly sources: readonly AnySource[]
  /** Statements that make views of the sources' rows. */
  readonly before: readonly string[]
  readonly script: TrainingScript
  /** The column of the moments; absent where the script takes no events. */
  readonly timestampKey?: string
}

/** Prints a script for DuckDB, wherever it runs: comments say which paths to put in. */
export function trainingSql({ sources, before, script, timestampKey }: PrintedScript): string {
  const rows = sources.flatMap((source, at) => [
    `-- The log of "${source.name}": put in where its parts and the rest of it (a data frame with apply_translator=false) lie as Parquet.`,
    `${sourceRowsView(at, source, [sqlText(`PARTS/${source.name}/*.parquet`)], undefined)};`,
  ])
  const events =
    timestampKey === undefined
      ? []
      : [
          '-- The events: join keys by their types, and the moment of each.',
          `CREATE TEMP TABLE ${eventsTable} AS
SELECT row_number() OVER () - 1 AS ${rowColumn}, epoch_us(${sqlName(timestampKey)}::TIMESTAMPTZ) AS ${momentColumn}, *
FROM ${sqlText('EVENTS.parquet')};`,
        ]
  const steps = script.steps
    .filter(({ what }) => what !== 'clean up')
    .map(({ what, sql }) => `-- ${what}\n${sql};`)
  return `${[
    '-- DuckDB 1.5 or later.',
    "SET TimeZone = 'UTC';",
    ...rows,
    ...before.map(sql => `${sql};`),
    ...events,
    ...steps,
    '-- The answer.',
    `${script.answer};`,
  ].join('\n\n')}\n`
}

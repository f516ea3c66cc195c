import {
  momentColumn,
  rowColumn,
  type TrainingView,
} from '../../../../client/offline/sql/training-view.ts'
import { sqlText } from '../../../../shared/expressions/sql-pieces.ts'
import type { NaiveView } from '../../../support/naive-features.ts'
import { columns, type TrainingCase } from './random-training.ts'

const sqlTypes = { string: 'VARCHAR', int64: 'BIGINT', float64: 'DOUBLE', bool: 'BOOLEAN' } as const

/** Statements that make a case's log and events tables, `log` and `events`. */
export function tablesOf({ log, events }: TrainingCase): readonly string[] {
  const time = (us: bigint | undefined) => (us === undefined ? 'NULL' : `make_timestamptz(${us})`)
  const record = ({ values, eventUs, ingestUs, partition, offset }: TrainingCase['log'][number]) =>
    `(${[
      ...columns.map(({ name, kind }) => literal(values[name] ?? null, sqlTypes[kind])),
      `timezone('UTC', ${time(eventUs)})`,
      time(ingestUs),
      partition,
      offset,
    ].join(', ')})`
  const types = [
    ...columns.map(({ name, kind }) => `${name} ${sqlTypes[kind]}`),
    'ts TIMESTAMP, _ingest_ts TIMESTAMPTZ, _partition INTEGER, _offset BIGINT',
  ]
  return [
    `CREATE OR REPLACE TEMP TABLE log (${types.join(', ')})`,
    ...(log.length === 0 ? [] : [`INSERT INTO log VALUES ${log.map(record).join(', ')}`]),
    `CREATE OR REPLACE TEMP TABLE events AS SELECT * FROM (VALUES ${events
      .map(
        ({ key: [e, place], momentUs }, at) =>
          `(${at}::BIGINT, ${momentUs}::BIGINT, ${sqlText(e)}, ${place}::BIGINT, ${at * 10})`,
      )
      .join(', ')}) AS t(${rowColumn}, ${momentColumn}, e, place, own)`,
  ]
}

function literal(value: unknown, type: string): string {
  if (value === null) return `NULL::${type}`
  return type === 'VARCHAR' ? sqlText(String(value)) : `'${value}'::${type}`
}

/** The view as SQL is made of it. */
export function trainingView(view: NaiveView): TrainingView {
  return { ...view, name: 'v', rows: 'log', joinKeys: ['e', 'place'], timestampField: 'ts' }
}

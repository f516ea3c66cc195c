import type { TrainingScript } from '../../../../client/offline/sql/events-steps.ts'
import type { Duck } from '../../../line/support/duckdb.ts'

/** Runs a script and gives its answer's rows; nothing is left behind. */
export async function runScript(
  duck: Duck,
  { steps, answer, after }: TrainingScript,
): Promise<readonly { readonly [column: string]: unknown }[]> {
  for (const { sql } of steps) await duck.execute(sql)
  const rows = await duck.rows(answer)
  for (const { sql } of after) await duck.execute(sql)
  return rows.map(row => ({ ...Object(row) }))
}

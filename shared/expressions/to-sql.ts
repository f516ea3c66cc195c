import { type AnySource, recordFieldsOf } from '../definitions/stream-source.ts'
import type { AnyField } from '../fields/field.ts'
import { compileExpression } from './compile-expression.ts'
import type { Expression } from './expression.ts'
import { sqlColumn, sqlOutput } from './leaf-operators.ts'
import { sqlName } from './sql-pieces.ts'
import type { Translator } from './translator.ts'

/**
 * Writes an expression for DuckDB, over the columns of parts; timestamps become TIMESTAMP in UTC. Throws a
 * ValidationError where it does not fit the fields.
 */
export function toSql(expression: Expression, fields: readonly AnyField[]): string {
  const { sql, dtype } = compileExpression(expression, fields)
  return sqlOutput(sql(), dtype)
}

/** Writes for DuckDB what makes a source's rows of its parts: the columns to select, and the condition. */
export function rowSql(
  source: Pick<AnySource, 'schema' | 'streamConfig'>,
): Pick<Translator, 'columns' | 'condition'> {
  const { schema, streamConfig } = source
  if (streamConfig.postProcessor !== undefined) {
    const { columns, condition } = streamConfig.postProcessor['~translator'](
      recordFieldsOf(source),
      schema,
    )
    return { columns, condition }
  }
  const columns = schema.map(
    field => `${sqlOutput(sqlColumn(field), field.dtype)} AS ${sqlName(field.name)}`,
  )
  return { columns: columns.join(', '), condition: 'true' }
}

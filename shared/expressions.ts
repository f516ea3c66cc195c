export {
  and,
  coalesce,
  eq,
  ge,
  gt,
  isNotNull,
  isNull,
  le,
  lt,
  ne,
  not,
  or,
  orElse,
  when,
} from './expressions/build-logic.ts'
export {
  abs,
  add,
  ceil,
  divide,
  floor,
  modulo,
  multiply,
  negate,
  quotient,
  round,
  subtract,
} from './expressions/build-numbers.ts'
export {
  cast,
  concat,
  contains,
  endsWith,
  length,
  lower,
  replace,
  startsWith,
  substring,
  trim,
  upper,
} from './expressions/build-texts.ts'
export {
  type EpochUnit,
  epoch,
  extract,
  fromEpoch,
  shift,
  type TimePart,
  type TruncateUnit,
  truncate,
} from './expressions/build-times.ts'
export { col, columns, lit, member } from './expressions/columns.ts'
export { typeOf } from './expressions/compile-expression.ts'
export type { Expression, Operand } from './expressions/expression.ts'
export { type PostProcessor, postProcess } from './expressions/post-processor.ts'
export { readExpression } from './expressions/read-expression.ts'
export { rowSql, toSql } from './expressions/to-sql.ts'
export { type Transformation, transform } from './expressions/transformation.ts'

import { castOperator } from './cast-operator.ts'
import { literalOperator, memberOperator } from './leaf-operators.ts'
import { logicOperators } from './logic-operators.ts'
import { numberOperators } from './number-operators.ts'
import type { Operator, Operators } from './operator.ts'
import { textOperators } from './text-operators.ts'
import { timeOperators } from './time-operators.ts'

/** Every operator of this version but `column`, which alone asks for the fields. */
const operators: Operators = {
  ...logicOperators,
  ...numberOperators,
  ...textOperators,
  ...timeOperators,
  cast: castOperator,
  literal: literalOperator,
  member: memberOperator,
}

export function operatorOf(op: string): Operator | undefined {
  return Object.hasOwn(operators, op) ? operators[op] : undefined
}

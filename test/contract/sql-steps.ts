import type { SqlValue } from '../../gateway/ports.ts'
import { type ContractCase, classOf } from './contract-case.ts'

type Step = readonly [statement: string, ...parameters: SqlValue[]]

/** Runs statements one after the other and gives the rows of each, or the kind of its failure. */
export function steps(name: string, ...list: readonly (string | Step)[]): ContractCase {
  return {
    name,
    run: ({ storage }) =>
      list.map(step => {
        const [statement, ...parameters] = typeof step === 'string' ? [step] : step
        try {
          return storage.sql(statement, ...parameters)
        } catch (cause) {
          return classOf(cause)
        }
      }),
  }
}

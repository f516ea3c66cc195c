import type { ContractCase } from './contract-case.ts'
import { objectCases } from './object-cases.ts'
import { sqlCases } from './sql-cases.ts'
import { storeCases } from './store-cases.ts'

/** Everything that production code relies on behind its ports; names are unique. */
export const contractCases: readonly ContractCase[] = [...sqlCases, ...objectCases, ...storeCases]

import { diffDefinitions } from '../../shared/plan/diff-definitions.ts'
import { decodeDefinitions } from '../../shared/workspace-definitions.ts'
import type { VersionState } from '../contracts/registry-contract.ts'
import type { RegistryStatements } from './registry-statements.ts'

/**
 * The versions of a workspace, with what each changed in the one before it. Cost: reading and comparing a text for
 * each version, of which no more than two are held at a time.
 */
export function createHistory(statements: Pick<RegistryStatements, 'atOrUnder'>) {
  const read = (upTo: number) => {
    const made = statements.atOrUnder(upTo)
    return made && { made, definitions: decodeDefinitions(JSON.parse(made.canonical)) }
  }
  type Read = NonNullable<ReturnType<typeof read>>
  const stateOf = ({ made, definitions }: Read, before: Read | undefined): VersionState => {
    const { version, hash, appliedUs, keyId, action } = made
    const isSame = before !== undefined && before.made.canonical === made.canonical
    const changes = isSame ? [] : diffDefinitions(before?.definitions, definitions).changes
    return { version, hash, appliedUs, keyId, action, changes }
  }
  return {
    /** Versions at or under one, the newest first; their changes are named without what differs in them. */
    versions(upTo: number, count: number): VersionState[] {
      const states: VersionState[] = []
      let made = read(upTo)
      while (made !== undefined && states.length < count) {
        const before = read(made.made.version - 1)
        const state = stateOf(made, before)
        const changes = state.changes.map(change => ({ ...change, differences: [] }))
        states.push({ ...state, changes })
        made = before
      }
      return states
    },
    version(number: number) {
      const made = read(number)
      if (made?.made.version !== number) return undefined
      return { ...stateOf(made, read(number - 1)), canonical: made.made.canonical }
    },
  }
}
